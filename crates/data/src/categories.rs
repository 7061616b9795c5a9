//! Names as codes: how categories and classes are kept while they are read.

use std::collections::HashMap;

/// Names as codes, in order of first appearance.
#[derive(Debug, Default)]
pub(crate) struct Categories {
    pub(crate) codes: Vec<u32>,
    pub(crate) names: Vec<String>,
    by_name: HashMap<String, u32>,
}

impl Categories {
    pub(crate) fn new(rows: usize) -> Self {
        Self { codes: Vec::with_capacity(rows), ..Self::default() }
    }

    pub(crate) fn push(&mut self, name: &str) {
        // Traffic comes in bursts: often it is the category of the row before.
        let is_name = |code: &&u32| self.names.get(**code as usize).is_some_and(|n| n == name);
        let last = self.codes.last().filter(is_name);
        let code = match last.or_else(|| self.by_name.get(name)) {
            Some(&code) => code,
            None => {
                // Lossless: fewer names than 2^32 rows.
                let code = self.names.len() as u32;
                self.names.push(name.to_owned());
                self.by_name.insert(name.to_owned(), code);
                code
            }
        };
        self.codes.push(code);
    }
}
