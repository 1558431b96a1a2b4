#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use super::*;
use crate::cli::args::{self, ServeArgs};

/// As [`parse`], with the file's text given and no variables of the process's own.
fn serve(file: &str, args: &[&str]) -> Result<ServeArgs, String> {
    let command = Cli::command();
    let values = values(file, &command).map_err(|(line, reason)| format!("{line}: {reason}"))?;
    let args = ["uhub", "serve"].iter().chain(args).copied();
    let matches =
        with_defaults(command, &values).try_get_matches_from(args).map_err(|error| error.to_string())?;
    match Cli::from_arg_matches(&matches).map_err(|error| error.to_string())?.command {
        args::Command::Serve(args) => Ok(*args),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_flag_goes_before_the_file_and_the_file_before_the_default() {
    let file = "listen = \"127.0.0.1:9000\"\ndemo = true\nlocal_program = [\"/bin/a\", \"/bin/b\"]\nbody_limit = 0x100\n";
    let from_file = serve(file, &[]).unwrap();
    assert_eq!(from_file.listen.port(), 9000);
    assert!(from_file.demo);
    assert_eq!(from_file.local.local_program, [PathBuf::from("/bin/a"), PathBuf::from("/bin/b")]);
    assert_eq!(from_file.body_limit, 256);
    let from_flag = serve(file, &["--listen", "127.0.0.1:9001", "--local-program", "/bin/c"]).unwrap();
    assert_eq!(from_flag.listen.port(), 9001);
    assert_eq!(from_flag.local.local_program, [PathBuf::from("/bin/c")]);
    assert_eq!(serve("", &[]).unwrap().listen.port(), 8080);
    assert!(!serve("demo = false", &[]).unwrap().demo);
}

#[test]
fn what_the_file_gets_wrong_is_told_with_its_line() {
    for (file, told) in [
        ("\n\nlisten_to = \"x\"\n", "3: unknown key `listen_to`"),
        ("databse = \"x\"", "1: unknown key `databse`: did you mean `database`?"),
        ("demo = true\nlisten = ", "2: "),
        ("[serve]\nlisten = \"x\"", "1: unknown key `serve`"),
        ("demo = \"perhaps\"", "1: `demo` must be true or false"),
        ("listen = [\"a\", \"b\"]", "1: `listen` takes one value"),
        ("config = \"other\"", "1: unknown key `config`"),
        ("listen = \"nowhere\"", "nowhere"),
    ] {
        let error = serve(file, &[]).unwrap_err();
        assert!(error.contains(told), "{file:?}: {error}");
    }
}

#[test]
fn every_flag_has_a_variable_and_a_key_of_its_own() {
    fn check(command: &Command, seen: &mut BTreeMap<String, String>) {
        for arg in command.get_arguments().filter(|arg| key(arg).is_some()) {
            let variable = arg.get_env().and_then(|name| name.to_str()).expect("has a variable").to_owned();
            assert!(variable.starts_with("UHUB_"), "{variable}");
            let key = key(arg).unwrap();
            assert_eq!(seen.entry(variable).or_insert_with(|| key.clone()), &key);
        }
        command.get_subcommands().for_each(|command| check(command, seen));
    }
    let mut seen = BTreeMap::new();
    check(&with_variables(Cli::command()), &mut seen);
    assert_eq!(seen.get("UHUB_SEED_DEMO").map(String::as_str), Some("demo"));
    assert_eq!(seen.get("UHUB_DATABASE").map(String::as_str), Some("database"));
}

#[test]
fn the_definition_is_sound() {
    with_variables(Cli::command()).debug_assert();
}

#[test]
fn the_file_is_found_on_the_command_line() {
    let args = |words: &[&str]| words.iter().map(OsString::from).collect::<Vec<_>>();
    assert_eq!(config_path(&args(&["uhub", "serve", "--config", "a.toml"])), Some("a.toml".into()));
    assert_eq!(config_path(&args(&["uhub", "--config=b.toml", "serve"])), Some("b.toml".into()));
}
