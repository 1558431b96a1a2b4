//! Lets a changed web app be embedded anew: the macro that embeds it tells cargo of the files that it found, but neither of
//! new ones nor of a directory that was not there.

use std::path::Path;

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    if std::env::var_os("CARGO_FEATURE_UI").is_none() {
        return;
    }
    // A path that is missing would count as changed each time; its parent changes when it appears.
    for path in ["ui/dist", "ui", "."] {
        if Path::new(path).is_dir() {
            println!("cargo:rerun-if-changed={path}");
            break;
        }
    }
}
