//! Which files may be executed, and where. What was checked is what is used: paths are opened once, the checks are made
//! on the open file, and the program is executed, and its directory entered, through that very descriptor. A link or a
//! file that is swapped afterwards changes nothing.

use std::{
    fs::{self, File, Metadata, OpenOptions},
    io,
    os::{
        fd::{AsRawFd, OwnedFd},
        unix::fs::{MetadataExt, OpenOptionsExt},
    },
    path::{Path, PathBuf},
};

use super::config::{ConfigError, LocalConfig};

/// A program that may run.
#[derive(Debug, Clone)]
struct Program {
    /// As the operator wrote it; the program's `argv[0]`.
    configured: PathBuf,
    /// What that leads to, links followed.
    resolved: PathBuf,
    /// The file itself.
    identity: (u64, u64),
}

/// What may be executed, and where.
#[derive(Debug)]
pub(super) struct Whitelist {
    programs: Vec<Program>,
    roots: Vec<PathBuf>,
    default_dir: Option<PathBuf>,
}

/// A program that was checked, open.
#[derive(Debug)]
pub(super) struct Checked {
    pub(super) file: OwnedFd,
    /// What the program is told as its own name: the operator's spelling, whichever link was asked for. A binary that
    /// serves many names (busybox) would otherwise become any of them.
    pub(super) name: PathBuf,
    /// Where the file lies.
    pub(super) resolved: PathBuf,
}

impl Whitelist {
    pub(super) fn new(config: &LocalConfig) -> Result<Self, ConfigError> {
        let mut programs = Vec::new();
        for path in &config.programs {
            let wrong = |reason: String| ConfigError::Program { path: path.clone(), reason };
            if !path.is_absolute() {
                return Err(wrong("is not an absolute path".to_owned()));
            }
            let resolved = fs::canonicalize(path).map_err(|error| wrong(error.to_string()))?;
            let metadata = fs::metadata(&resolved).map_err(|error| wrong(error.to_string()))?;
            if !metadata.is_file() || metadata.mode() & 0o111 == 0 {
                return Err(wrong("is not an executable file".to_owned()));
            }
            programs.push(Program { configured: path.clone(), resolved, identity: identity(&metadata) });
        }
        let directory = |path: &PathBuf| {
            let wrong = |reason: String| ConfigError::WorkingDir { path: path.clone(), reason };
            if !path.is_absolute() {
                return Err(wrong("is not an absolute path".to_owned()));
            }
            let resolved = fs::canonicalize(path).map_err(|error| wrong(error.to_string()))?;
            if resolved.is_dir() { Ok(resolved) } else { Err(wrong("is not a directory".to_owned())) }
        };
        let roots = config.working_roots.iter().map(directory).collect::<Result<Vec<_>, _>>()?;
        let default_dir = match &config.default_working_dir {
            Some(path) => {
                let resolved = directory(path)?;
                if !roots.iter().any(|root| resolved.starts_with(root)) {
                    let reason = "is under none of the working roots".to_owned();
                    return Err(ConfigError::WorkingDir { path: path.clone(), reason });
                }
                Some(resolved)
            }
            None => roots.first().cloned(),
        };
        Ok(Self { programs, roots, default_dir })
    }

    /// What an operator should know of the choice of programs.
    pub(super) fn warnings(&self) -> Vec<String> {
        let mut warnings = Vec::new();
        for program in &self.programs {
            let configured = program.configured.display();
            if [&program.configured, &program.resolved].into_iter().any(|path| is_interpreter(path)) {
                warnings.push(format!(
                    "{configured} runs whatever its arguments say: whoever may edit a local job may run any code"
                ));
            }
            let open_to_others = [Some(program.resolved.as_path()), program.resolved.parent()]
                .into_iter()
                .flatten()
                .filter_map(|path| fs::metadata(path).ok())
                // The sticky bit keeps others from replacing what is not theirs.
                .any(|metadata| metadata.mode() & 0o002 != 0 && metadata.mode() & 0o1000 == 0);
            if open_to_others {
                warnings.push(format!("{configured} can be changed by every user of the machine"));
            }
        }
        warnings
    }

    /// Opens the program that `path` asks for.
    pub(super) fn program(&self, path: &str) -> Result<Checked, String> {
        if self.programs.is_empty() {
            return Err("no program may run locally: the whitelist of programs is empty".to_owned());
        }
        let asked = Path::new(path);
        if !asked.is_absolute() {
            return Err(format!("program {path:?} is not an absolute path"));
        }
        let refused = || format!("program {path:?} is not on the whitelist of local programs");
        // A file that cannot be opened answers like one that is not on the list: nobody learns what is on the disk.
        let (file, metadata, resolved) = open(asked, 0).map_err(|_| refused())?;
        let fitting =
            |program: &&Program| program.resolved == resolved && program.identity == identity(&metadata);
        let mut fitting_ones = self.programs.iter().filter(fitting);
        let first = fitting_ones.next();
        let exact = self.programs.iter().filter(fitting).find(|program| program.configured == asked);
        match exact.or(first) {
            Some(program) => Ok(Checked { file: file.into(), name: program.configured.clone(), resolved }),
            None if self.programs.iter().any(|program| program.resolved == resolved) => Err(format!(
                "program {path:?} is another file than the one that was whitelisted: it was replaced; restart the \
                 worker to whitelist what is there now"
            )),
            None => Err(refused()),
        }
    }

    /// Opens the directory to work in.
    pub(super) fn directory(&self, asked: Option<&str>) -> Result<OwnedFd, String> {
        let default = self.default_dir.as_deref();
        let Some(path) = asked.map(Path::new).or(default) else {
            return Err("no program may run locally: no working root is configured".to_owned());
        };
        if !path.is_absolute() {
            return Err(format!("working directory {path:?} is not an absolute path"));
        }
        let refused = || format!("working directory {path:?} is not a directory under a whitelisted root");
        let (file, _, resolved) = open(path, libc::O_DIRECTORY).map_err(|_| refused())?;
        if self.roots.iter().any(|root| resolved.starts_with(root)) {
            Ok(file.into())
        } else {
            Err(refused())
        }
    }
}

/// Opens `path`, links followed, for nothing but execution or entering; tells what was opened and where that lies.
fn open(path: &Path, flags: i32) -> io::Result<(File, Metadata, PathBuf)> {
    // Of the access modes, O_PATH needs no right to read: programs may be executable only.
    let file = OpenOptions::new().read(true).custom_flags(libc::O_PATH | flags).open(path)?;
    let metadata = file.metadata()?;
    let resolved = fs::read_link(format!("/proc/self/fd/{}", file.as_raw_fd()))?;
    Ok((file, metadata, resolved))
}

fn identity(metadata: &Metadata) -> (u64, u64) {
    (metadata.dev(), metadata.ino())
}

/// Whether a program's arguments can make it run any other program or code.
fn is_interpreter(path: &Path) -> bool {
    const NAMES: &[&str] = &[
        "ash",
        "awk",
        "bash",
        "bun",
        "busybox",
        "chroot",
        "csh",
        "dash",
        "deno",
        "docker",
        "doas",
        "ed",
        "elvish",
        "emacs",
        "env",
        "expect",
        "find",
        "fish",
        "gawk",
        "gdb",
        "guile",
        "java",
        "jshell",
        "julia",
        "ksh",
        "ld.so",
        "lua",
        "luajit",
        "make",
        "mawk",
        "mksh",
        "nawk",
        "nice",
        "node",
        "nodejs",
        "nohup",
        "nsenter",
        "nu",
        "parallel",
        "perl",
        "php",
        "podman",
        "pwsh",
        "pypy",
        "python",
        "rbash",
        "ruby",
        "rscript",
        "runuser",
        "scheme",
        "screen",
        "script",
        "sed",
        "setpriv",
        "setsid",
        "sh",
        "ssh",
        "stdbuf",
        "strace",
        "su",
        "sudo",
        "systemd-run",
        "taskset",
        "tclsh",
        "tcsh",
        "time",
        "timeout",
        "tmux",
        "toybox",
        "unshare",
        "vi",
        "vim",
        "watch",
        "xargs",
        "zsh",
    ];
    let Some(name) = path.file_name().and_then(|name| name.to_str()) else { return false };
    let name = name.to_ascii_lowercase();
    // python3.12, lua5.4, perl5.36.0, gcc-like suffixes such as node-18.
    let bare = name.trim_end_matches(|c: char| c.is_ascii_digit() || matches!(c, '.' | '-'));
    let linker = name.starts_with("ld-linux") || name.starts_with("ld-musl") || name.starts_with("ld-2");
    linker || NAMES.contains(&bare) || NAMES.contains(&name.as_str())
}
