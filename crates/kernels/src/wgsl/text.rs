//! A writer of indented lines.

/// WGSL text in the making.
#[derive(Debug, Default)]
pub(crate) struct Text {
    lines: String,
    depth: usize,
}

impl Text {
    /// Adds a line.
    pub(crate) fn line(&mut self, line: impl AsRef<str>) {
        self.lines.extend(std::iter::repeat_n("  ", self.depth));
        self.lines.push_str(line.as_ref());
        self.lines.push('\n');
    }

    /// Adds a line with an opening brace; what follows is indented.
    pub(crate) fn open(&mut self, head: impl AsRef<str>) {
        self.line(format!("{} {{", head.as_ref()).trim_start());
        self.depth += 1;
    }

    /// Closes what [`Self::open`] opened last.
    pub(crate) fn close(&mut self) {
        self.depth = self.depth.saturating_sub(1);
        self.line("}");
    }

    /// Adds an empty line.
    pub(crate) fn blank(&mut self) {
        self.lines.push('\n');
    }

    /// The text.
    pub(crate) fn finish(self) -> String {
        self.lines
    }
}

/// A number as WGSL reads it, with all its digits and always as an `f32`.
pub(crate) fn float(value: f32) -> String {
    format!("{value:?}f")
}
