//! Looking for secrets where none may be.

use base64::{
    Engine as _,
    prelude::{BASE64_STANDARD, BASE64_STANDARD_NO_PAD, BASE64_URL_SAFE_NO_PAD},
};
use sqlx::{Connection as _, Row as _};

use crate::{
    database::{Database, Kind},
    site::Site,
};

/// The forms in which a secret could slip out; written down apart from what masks them.
pub fn forms(secret: &str) -> Vec<Vec<u8>> {
    let hex: String = secret.bytes().map(|byte| format!("{byte:02x}")).collect();
    let url: String = secret
        .bytes()
        .map(|byte| match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' => char::from(byte).to_string(),
            _ => format!("%{byte:02X}"),
        })
        .collect();
    let json = serde_json::to_string(secret).expect("text");
    let ascii: String = json
        .encode_utf16()
        .map(|unit| match u8::try_from(unit) {
            Ok(byte) if byte.is_ascii() => char::from(byte).to_string(),
            _ => format!("\\u{unit:04x}"),
        })
        .collect();
    let within = |text: &str| text[1..text.len() - 1].to_owned();
    let mut forms = vec![
        secret.to_owned(),
        hex.to_uppercase(),
        hex,
        url.to_lowercase(),
        url,
        within(&json),
        within(&ascii),
        secret.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;"),
        BASE64_STANDARD_NO_PAD.encode(secret),
        BASE64_URL_SAFE_NO_PAD.encode(secret),
    ];
    for shift in 1..3_usize {
        // What does not depend on the neighbours.
        let whole = BASE64_STANDARD.encode([&vec![0; shift], secret.as_bytes()].concat());
        let (begin, end) = ((shift * 8).div_ceil(6), (shift + secret.len()) * 8 / 6);
        forms.push(whole[begin..end].to_owned());
    }
    forms.extend(secret.lines().filter(|line| line.len() >= 8).map(str::to_owned));
    forms.into_iter().map(String::into_bytes).collect()
}

/// Checks that no secret is there, in any form.
///
/// # Panics
/// When one is.
#[track_caller]
pub fn absent(place: &str, bytes: &[u8], secrets: &[&str]) {
    for secret in secrets {
        for form in forms(secret) {
            if let Some(at) = bytes.windows(form.len()).position(|window| window == form) {
                let from = at.saturating_sub(200);
                let to = (at + form.len() + 100).min(bytes.len());
                let around = String::from_utf8_lossy(&bytes[from..to]);
                panic!("{} is in the {place}: …{around}…", String::from_utf8_lossy(&form));
            }
        }
    }
}

/// All that a site's database holds, and all files beside it.
///
/// # Panics
/// When it cannot be read.
pub async fn stored(site: &Site) -> Vec<u8> {
    let mut all = Vec::new();
    files(site.root(), &mut all);
    if site.database.kind == Kind::Postgres {
        rows(&site.database, &mut all).await;
    }
    all
}

fn files(directory: &std::path::Path, all: &mut Vec<u8>) {
    for entry in std::fs::read_dir(directory).expect("a directory").flatten() {
        let path = entry.path();
        if path.is_dir() {
            files(&path, all);
        } else if path.is_file() {
            all.extend(std::fs::read(&path).expect("a file can be read"));
            all.push(b'\n');
        }
    }
}

/// Every row of every table as text; bytes are hexadecimal there, which is one of the forms.
async fn rows(database: &Database, all: &mut Vec<u8>) {
    let mut connection = database.open_postgres().await;
    let tables: Vec<String> =
        sqlx::query_scalar("SELECT quote_ident(tablename) FROM pg_tables WHERE schemaname = 'public'")
            .fetch_all(&mut connection)
            .await
            .expect("tables can be listed");
    assert!(tables.len() > 5, "{tables:?}");
    for table in tables {
        let select = format!("SELECT t::text FROM {table} t");
        let rows = sqlx::query(sqlx::AssertSqlSafe(select)).fetch_all(&mut connection).await;
        for row in rows.expect("tables can be read") {
            all.extend(row.get::<String, _>(0).into_bytes());
            all.push(b'\n');
        }
    }
    connection.close().await.expect("a connection closes");
}
