//! `uhub user`

use crate::wire::User;
use anyhow::Context as _;
use comfy_table::{Table, presets::UTF8_HORIZONTAL_ONLY};
use uhub_core::{
    hub::NewUser,
    model::UserKind,
    ports::store::{Cursor, Page},
};

use super::{
    args::{StoreArgs, UserArgs, UserCommand},
    hub::password,
    output,
};

pub(crate) async fn run(args: UserArgs) -> anyhow::Result<bool> {
    match args.what {
        UserCommand::Add { username, role, email, display_name, password_stdin, service, store, json } => {
            let hub = store.open(store.settings(None), true).await?;
            let kind = if service { UserKind::Service } else { UserKind::Person };
            let password = if service { None } else { Some(password(password_stdin)?) };
            let display_name = display_name.unwrap_or_else(|| username.clone());
            let new = NewUser { username, password, email, display_name, kind, role, theme: None };
            let user = hub.as_operator("cli").create_user(new).await?;
            if json {
                output::print_json(&User::from(user))?;
            } else {
                output::print(&format!("{} ({}) was added: {}", user.username, user.role, user.id))?;
            }
        }
        UserCommand::Passwd { username, password_stdin, store } => {
            let hub = store.open(store.settings(None), false).await?;
            let password = password(password_stdin)?;
            let user = hub.as_operator("cli").set_password(&username, &password).await.context(username)?;
            output::print(&format!("{} has a new password; older sessions have ended", user.username))?;
        }
        UserCommand::List { store, json } => list(&store, json).await?,
    }
    Ok(true)
}

async fn list(store: &StoreArgs, json: bool) -> anyhow::Result<()> {
    let hub = store.open(store.settings(None), false).await?;
    let operator = hub.as_operator("cli");
    let mut users = Vec::new();
    let mut page = Page::first(500);
    loop {
        let some = operator.users(page).await?;
        let Some(last) = some.last() else { break };
        page.after = Some(Cursor { key: 0, id: last.id.0 });
        users.extend(some);
    }
    if json {
        return output::print_json(&users.into_iter().map(User::from).collect::<Vec<_>>());
    }
    let mut table = Table::new();
    table.load_preset(UTF8_HORIZONTAL_ONLY);
    table.set_header(["username", "kind", "role", "name", "mail", "open", "id"]);
    for user in users {
        table.add_row([
            output::inert(&user.username),
            user.kind.to_string(),
            user.role.to_string(),
            output::inert(&user.display_name),
            output::inert(&user.email),
            if user.is_active { "yes" } else { "no" }.to_owned(),
            user.id.to_string(),
        ]);
    }
    Ok(output::print(&table.to_string())?)
}
