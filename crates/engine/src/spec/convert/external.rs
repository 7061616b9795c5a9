//! The keys of a `[[model]]` of kind `external`: a command and its files. Files are read here, so
//! that a trial's address covers what is in them.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use oddbench_core::experiment::Limits;
use oddbench_core::external::{EXTERNAL, ExternalFile, ExternalSettings, RowFormat};
use oddbench_core::given::SCORES;
use oddbench_data::digest;
use oddbench_models::Kind;

use super::{choose, misplaced};
use crate::external::is_reserved;
use crate::spec::error::Fault;
use crate::spec::locate::KeyPath;
use crate::spec::wire::WireModel;

const DEFAULT_TIMEOUT: Duration = Duration::from_secs(3600);

/// What the model says about its command; `None` if it has another kind.
pub(super) fn external(
    at: &KeyPath,
    kind: &Kind,
    wire: &WireModel,
    base: &Path,
    limits: Limits,
) -> Result<Option<ExternalSettings>, Fault> {
    if kind.name != EXTERNAL {
        let both = "a model of kind \"external\" or \"scores\"";
        let elsewhere = wire.supervised.is_some() && kind.name != SCORES;
        misplaced(&at.key("supervised"), elsewhere, both)?;
        for (key, present) in [
            ("command", wire.command.is_some()),
            ("files", wire.files.is_some()),
            ("deterministic", wire.deterministic.is_some()),
            ("format", wire.format.is_some()),
            ("threads", wire.threads.is_some()),
        ] {
            misplaced(&at.key(key), present, "a model of kind \"external\"")?;
        }
        return Ok(None);
    }
    let files = files(&at.key("files"), wire.files.as_deref().unwrap_or_default(), base)?;
    let command = command(&at.key("command"), wire.command.as_deref(), &files, base)?;
    let named = named(&at.key("command"), &command)?;
    let format = wire.format.as_deref();
    let format = format.map(|name| choose(&at.key("format"), name, &RowFormat::ALL)).transpose()?;
    if wire.threads == Some(0) {
        return Err(Fault::value(&at.key("threads"), "0 is out of range", "use 1 or more"));
    }
    Ok(Some(ExternalSettings {
        command,
        files,
        named,
        supervised: wire.supervised.unwrap_or(false),
        deterministic: wire.deterministic.unwrap_or(false),
        format: format.unwrap_or(RowFormat::Parquet),
        timeout_seconds: limits.timeout_seconds.unwrap_or(DEFAULT_TIMEOUT.as_secs()),
        max_memory_mb: limits.max_memory_mb,
        threads: wire.threads,
    }))
}

/// The files with their digests, in the file's order.
fn files(at: &KeyPath, names: &[String], base: &Path) -> Result<Vec<ExternalFile>, Fault> {
    let mut files: Vec<ExternalFile> = Vec::new();
    for (index, given) in names.iter().enumerate() {
        let key = at.index(index);
        let path = base.join(given);
        let Some(name) = path.file_name().map(|name| name.to_string_lossy().into_owned()) else {
            return Err(Fault::value(&key, format!("\"{given}\" names no file"), NAME_FILES));
        };
        if path.is_dir() {
            return Err(Fault::value(&key, format!("{} is a folder", path.display()), NAME_FILES));
        }
        let sha256 = digest::of_file(&path).map_err(|error| {
            let help = "paths are relative to the experiment file";
            Fault::value(&key, format!("{} cannot be read: {error}", path.display()), help)
        })?;
        if is_reserved(&name) {
            let message = format!("\"{name}\" is a name that oddbench gives to files of its own");
            return Err(Fault::value(&key, message, "rename the file"));
        }
        if files.iter().any(|file| file.name == name) {
            let message = format!("two files are called \"{name}\"");
            let help = "all of them are copied into one folder: give each a name of its own";
            return Err(Fault::value(&key, message, help));
        }
        files.push(ExternalFile { name, path: path.display().to_string(), sha256 });
    }
    Ok(files)
}

const NAME_FILES: &str = "name single files; each is copied into the folder of the command";

fn command(
    at: &KeyPath,
    given: Option<&[String]>,
    files: &[ExternalFile],
    base: &Path,
) -> Result<Vec<String>, Fault> {
    let example =
        "write it like this: command = [\"python3\", \"model.py\"], files = [\"model.py\"]";
    let Some(command) = given else {
        return Err(Fault::value(at, "a model of kind \"external\" needs a command", example));
    };
    let Some((program, arguments)) = command.split_first().filter(|(first, _)| !first.is_empty())
    else {
        return Err(Fault::value(at, "the command is empty", example));
    };
    if let Some(index) = command.iter().position(|word| word.contains('\0')) {
        let message = "a word of a command cannot hold the character NUL";
        return Err(Fault::value(&at.index(index), message, "remove it"));
    }
    find_program(&at.index(0), program, files)?;
    for (index, argument) in (1..).zip(arguments) {
        for path in paths(argument) {
            not_left_behind(&at.index(index), path, files, base)?;
        }
    }
    Ok(command.to_vec())
}

/// Texts in a word of a command that may be paths: the word, and its text after `=`.
fn paths(word: &str) -> impl Iterator<Item = &str> {
    let behind = word.split_once('=').map(|(_, value)| value);
    std::iter::once(word).chain(behind).filter(|path| !path.is_empty())
}

/// Refuses a relative path of a file that will not be in the folder of the command.
fn not_left_behind(
    at: &KeyPath,
    path: &str,
    files: &[ExternalFile],
    base: &Path,
) -> Result<(), Fault> {
    let source = base.join(path);
    if Path::new(path).is_absolute() || !source.is_file() || has(files, path) {
        return Ok(());
    }
    let message =
        format!("the command is started in a folder of its own, and \"{path}\" will not be there");
    let name = Path::new(path).file_name().unwrap_or_default().to_string_lossy();
    let same =
        |file: &&ExternalFile| fs::canonicalize(&file.path).ok() == fs::canonicalize(&source).ok();
    let help = match files.iter().find(same) {
        Some(file) => format!("call it \"{}\" in the command", file.name),
        None => {
            format!("add files = [\"{path}\"] to the model and call it \"{name}\" in the command")
        }
    };
    Err(Fault::value(at, message, help))
}

/// The files that the command names by absolute paths. They stay where they are, and a trial's address covers what
/// is in them, as it covers `files`.
fn named(at: &KeyPath, command: &[String]) -> Result<Vec<ExternalFile>, Fault> {
    let mut named: Vec<ExternalFile> = Vec::new();
    for (index, word) in command.iter().enumerate() {
        for path in paths(word).filter(|path| Path::new(path).is_absolute()) {
            if !Path::new(path).is_file() || named.iter().any(|file| file.path == path) {
                continue;
            }
            let sha256 = digest::of_file(Path::new(path)).map_err(|error| {
                let help = "a change of the file makes another trial, so it must be readable";
                Fault::value(&at.index(index), format!("{path} cannot be read: {error}"), help)
            })?;
            named.push(ExternalFile { name: path.to_owned(), path: path.to_owned(), sha256 });
        }
    }
    Ok(named)
}

/// Whether a file will be in the folder of the command, by the path that the command uses.
fn has(files: &[ExternalFile], path: &str) -> bool {
    let path = path.strip_prefix("./").unwrap_or(path);
    files.iter().any(|file| file.name == path)
}

/// Whether the program can be started: one of the files, an absolute path, or a name that is looked up.
fn find_program(key: &KeyPath, program: &str, files: &[ExternalFile]) -> Result<(), Fault> {
    let fault = |message: String, help: &str| Err(Fault::value(key, message, help));
    if !program.contains('/') {
        let path = env::var_os("PATH").unwrap_or_default();
        let found = env::split_paths(&path).any(|folder| is_executable(&folder.join(program)));
        return match found {
            true => Ok(()),
            false if has(files, program) => fault(
                format!("\"{program}\" is looked up where programs are, and is not there"),
                "for a program among the files write \"./\" in front of its name",
            ),
            false => fault(
                format!("there is no program \"{program}\""),
                "install it, or give its whole path",
            ),
        };
    }
    let path: PathBuf = match Path::new(program).is_absolute() {
        true => program.into(),
        false => match files.iter().find(|file| has(std::slice::from_ref(file), program)) {
            Some(file) => (&file.path).into(),
            None => {
                return fault(
                    format!("\"{program}\" will not be in the folder of the command"),
                    "add the program to files and call it \"./NAME\", or give its whole path",
                );
            }
        },
    };
    match (path.is_file(), is_executable(&path)) {
        (false, _) => fault(format!("there is no program {}", path.display()), "give its path"),
        (true, false) => fault(
            format!("{} is not a program that can be started", path.display()),
            "make it one with chmod +x, or name its interpreter first: [\"sh\", \"model.sh\"]",
        ),
        (true, true) => Ok(()),
    }
}

fn is_executable(path: &Path) -> bool {
    let Ok(found) = fs::metadata(path) else { return false };
    #[cfg(unix)]
    let may_run = std::os::unix::fs::PermissionsExt::mode(&found.permissions()) & 0o111 != 0;
    #[cfg(not(unix))]
    let may_run = true;
    found.is_file() && may_run
}
