//! What every cell can call beside the crate `headwater`: asking the user, by way of the kernel (its side is `runner.rs` of this crate).

/// Asks the user for a line of text, and waits for it: `let city = input("Which city? ")?;`. Fails when the front end takes no
/// input, or the cell is interrupted meanwhile.
pub fn input(prompt: &str) -> std::io::Result<String> {
    headwater_ask("input", prompt)
}

/// As `input`, but what is typed is not shown: `let secret = password("Password: ")?;`.
pub fn password(prompt: &str) -> std::io::Result<String> {
    headwater_ask("password", prompt)
}

fn headwater_ask(kind: &str, prompt: &str) -> std::io::Result<String> {
    // What was printed before the question is shown before it.
    std::io::Write::flush(&mut std::io::stdout())?;
    let session = std::env::var_os("HEADWATER_SESSION").unwrap_or_default();
    let mut kernel = std::os::unix::net::UnixStream::connect(std::path::Path::new(&session).join("runner.sock"))?;
    std::io::Write::write_all(&mut kernel, format!("{kind}\n{prompt}").as_bytes())?;
    kernel.shutdown(std::net::Shutdown::Write)?;
    let mut answer = String::new();
    std::io::Read::read_to_string(&mut kernel, &mut answer)?;
    answer.strip_prefix('=').map(str::to_owned).ok_or_else(|| std::io::Error::other(answer.trim_start_matches('!')))
}
