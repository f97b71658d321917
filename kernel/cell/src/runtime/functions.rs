//! What every cell can call beside the crate `headwater`: showing things while it runs, and asking the user. All of it goes by way of the
//! kernel (its side is `runner.rs` of this crate).

/// Shows something at once, while the cell runs: `display("text/html", "<b>half of it</b>")`.
pub fn display(mime: &str, body: &str) {
    let _ = headwater_ask("display", &format!("\n{mime}\n{body}"));
}

/// As `display`, under a name by which `update_display` replaces it, in this cell or a later one.
pub fn display_as(id: &str, mime: &str, body: &str) {
    let _ = headwater_ask("display", &format!("{}\n{mime}\n{body}", id.replace('\n', " ")));
}

/// Replaces what `display_as` shows under this name, wherever it is shown.
pub fn update_display(id: &str, mime: &str, body: &str) {
    let _ = headwater_ask("update", &format!("{}\n{mime}\n{body}", id.replace('\n', " ")));
}

/// Takes away what the cell has shown and printed so far, as soon as it shows or prints something else.
pub fn clear_output() {
    let _ = headwater_ask("clear", "");
}

/// Asks the user for a line of text, and waits for it: `let city = input("Which city? ")?;`. Fails when the front end takes no
/// input, or the cell is interrupted meanwhile.
pub fn input(prompt: &str) -> std::io::Result<String> {
    headwater_ask("input", prompt)
}

/// As `input`, but what is typed is not shown: `let secret = password("Password: ")?;`.
pub fn password(prompt: &str) -> std::io::Result<String> {
    headwater_ask("password", prompt)
}

fn headwater_ask(kind: &str, what: &str) -> std::io::Result<String> {
    // What was printed before is shown before.
    std::io::Write::flush(&mut std::io::stdout())?;
    let session = std::env::var_os("HEADWATER_SESSION").unwrap_or_default();
    let mut kernel = std::os::unix::net::UnixStream::connect(std::path::Path::new(&session).join("runner.sock"))?;
    std::io::Write::write_all(&mut kernel, format!("{kind}\n{what}").as_bytes())?;
    kernel.shutdown(std::net::Shutdown::Write)?;
    let mut answer = String::new();
    std::io::Read::read_to_string(&mut kernel, &mut answer)?;
    answer.strip_prefix('=').map(str::to_owned).ok_or_else(|| std::io::Error::other(answer.trim_start_matches('!')))
}
