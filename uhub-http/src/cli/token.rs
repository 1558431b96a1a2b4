//! `uhub token`

use chrono::TimeDelta;
use comfy_table::{Table, presets::UTF8_HORIZONTAL_ONLY};
use uhub_core::{
    hub::NewToken,
    ports::store::{Cursor, Page},
};

use super::{
    args::{StoreArgs, TokenArgs, TokenCommand},
    output,
};
use crate::wire::{ApiToken, NewApiToken};

pub(crate) async fn run(args: TokenArgs) -> anyhow::Result<bool> {
    match args.what {
        TokenCommand::Create { username, name, scope, days, store, json } => {
            let hub = store.open(store.settings(None), true).await?;
            let expires_at = days.map(|days| hub.now() + TimeDelta::days(days.into()));
            let name = name.unwrap_or_else(|| username.clone());
            let new = NewToken { name, scopes: scope.into_iter().collect(), expires_at };
            let made = hub.as_operator("cli").create_token(&username, new).await?;
            if json {
                output::print_json(&NewApiToken::from(made))?;
            } else {
                // The token alone, so that it can be caught: TOKEN=$(uhub token create …).
                output::print(&made.secret)?;
                output::tell("This token is shown only now.");
            }
        }
        TokenCommand::List { username, store, json } => list(&username, &store, json).await?,
        TokenCommand::Revoke { username, token, store } => {
            let hub = store.open(store.settings(None), false).await?;
            let revoked = hub.as_operator("cli").revoke_token(&username, &token).await?;
            output::print(&format!("{} ({}) is revoked", revoked.prefix, output::inert(&revoked.name)))?;
        }
    }
    Ok(true)
}

async fn list(username: &str, store: &StoreArgs, json: bool) -> anyhow::Result<()> {
    let hub = store.open(store.settings(None), false).await?;
    let operator = hub.as_operator("cli");
    let mut tokens = Vec::new();
    let mut page = Page::first(500);
    loop {
        let some = operator.tokens(username, page).await?;
        let Some(last) = some.last() else { break };
        page.after = Some(Cursor { key: 0, id: last.id.0 });
        tokens.extend(some);
    }
    if json {
        return output::print_json(&tokens.into_iter().map(ApiToken::from).collect::<Vec<_>>());
    }
    let mut table = Table::new();
    table.load_preset(UTF8_HORIZONTAL_ONLY);
    table.set_header(["begins", "name", "scopes", "last used", "ends", "state", "id"]);
    let (now, zone) = (hub.now(), hub.settings().timezone);
    let day = |at: Option<chrono::DateTime<chrono::Utc>>, none: &str| {
        at.map_or_else(|| none.to_owned(), |at| at.with_timezone(&zone).format("%Y-%m-%d").to_string())
    };
    for token in tokens {
        let state = match (token.revoked_at, token.is_live(now)) {
            (Some(_), _) => "revoked",
            (None, true) => "good",
            (None, false) => "over",
        };
        table.add_row([
            token.prefix.clone(),
            output::inert(&token.name),
            token.scopes.to_string(),
            day(token.last_used_at, "never"),
            day(token.expires_at, "never"),
            state.to_owned(),
            token.id.to_string(),
        ]);
    }
    Ok(output::print(&table.to_string())?)
}
