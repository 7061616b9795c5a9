//! The commands with their options, as `-h` prints them.

use crate::program::Program;

/// The options that every command takes stand below this heading.
const SHARED: &str = "Options for every command:";

pub(super) fn section(program: &Program) -> Result<String, String> {
    let top = program.ask(&["-h"])?;
    let (text, shared) = apart(&top);
    let mut page = format!("## Commands\n\n{}", block(&text));
    page += &format!("Every command takes these options:\n\n{}", block(&shared));
    for verb in verbs(&top) {
        let help = program.ask(&[&verb, "-h"])?;
        page += &format!("### oddbench {verb}\n\n{}", block(&apart(&help).0));
        for below in verbs(&help) {
            let help = program.ask(&[&verb, &below, "-h"])?;
            page += &format!("### oddbench {verb} {below}\n\n{}", block(&apart(&help).0));
        }
    }
    Ok(page)
}

/// A help as a block, without the two options that say nothing about a command.
fn block(text: &str) -> String {
    let said = |line: &&str| {
        !["  -h, --help", "  -V, --version"].iter().any(|option| line.starts_with(option))
    };
    let lines: Vec<&str> = text.lines().map(str::trim_end).filter(said).collect();
    let text = lines.join("\n").replace("Options:\n\n", "");
    format!("```text\n{}\n```\n\n", text.trim_matches('\n').trim_end())
}

/// A help without the options of every command, and these options.
fn apart(help: &str) -> (String, String) {
    let Some((before, rest)) = help.split_once(SHARED) else {
        return (help.to_owned(), String::new());
    };
    // The options end where a line begins that is not indented.
    let end = rest.find("\n\n").filter(|_| rest.contains("\n\n"));
    let mut end = end.unwrap_or(rest.len());
    while let Some(next) = rest[end..].strip_prefix("\n\n").filter(|next| next.starts_with(' ')) {
        end = next.find("\n\n").map_or(rest.len(), |at| rest.len() - next.len() + at);
    }
    let (shared, after) = rest.split_at(end);
    (format!("{}\n\n{}", before.trim_end(), after.trim_start()), dedent(shared))
}

fn dedent(text: &str) -> String {
    text.trim_matches('\n').lines().map(str::trim_end).collect::<Vec<_>>().join("\n")
}

/// The commands that a help lists.
fn verbs(help: &str) -> Vec<String> {
    let list = help.split("Commands:\n").nth(1).unwrap_or_default();
    let list = list.split("\n\n").next().unwrap_or_default();
    // A verb stands two blanks in; its description may go on in lines further in.
    let verb = |line: &str| line.strip_prefix("  ")?.split(' ').next().map(str::to_owned);
    list.lines().filter_map(verb).filter(|verb| !verb.is_empty() && verb != "help").collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const HELP: &str = "What it does\n\nUsage: oddbench [OPTIONS] <COMMAND>\n\nCommands:\n  run   Run it,\n          \
                        and more\n  help  Print this\n\nOptions:\n  -h\n\nOptions for every command:\n  -q  Quiet\n\n\
                        Examples:\n  oddbench run\n";

    #[test]
    fn the_options_of_every_command_are_taken_out() {
        let (text, shared) = apart(HELP);
        assert_eq!(shared.trim(), "-q  Quiet");
        assert!(text.contains("Examples:") && text.contains("  -h") && !text.contains("Quiet"));
    }

    #[test]
    fn the_verbs_are_found() {
        assert_eq!(verbs(HELP), ["run"]);
    }
}
