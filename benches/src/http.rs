//! The smallest HTTP client that measures: blocking, one kept connection, GET only.

use std::{
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::TcpStream,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, bail};

/// A connection that is kept.
#[derive(Debug)]
pub struct Client {
    reader: BufReader<TcpStream>,
    request: String,
}

impl Client {
    /// Connects to `address`, to ask for `path` again and again.
    ///
    /// # Errors
    /// When nobody listens there.
    pub fn connect(address: &str, path: &str, token: Option<&str>) -> Result<Self> {
        let stream = TcpStream::connect(address)?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(Duration::from_secs(30)))?;
        let authorization =
            token.map(|token| format!("authorization: Bearer {token}\r\n")).unwrap_or_default();
        let request = format!("GET {path} HTTP/1.1\r\nhost: {address}\r\n{authorization}\r\n");
        Ok(Self { reader: BufReader::new(stream), request })
    }

    /// Asks once. Gives the status and the body.
    ///
    /// # Errors
    /// When the connection breaks, or the answer has no length.
    pub fn get(&mut self) -> Result<(u16, Vec<u8>)> {
        self.reader.get_mut().write_all(self.request.as_bytes())?;
        let mut line = String::new();
        self.reader.read_line(&mut line)?;
        let status = line.split(' ').nth(1).context("no status")?.parse()?;
        let mut length = None;
        loop {
            line.clear();
            self.reader.read_line(&mut line)?;
            if line.trim().is_empty() {
                break;
            }
            if let Some((name, value)) = line.split_once(':')
                && name.eq_ignore_ascii_case("content-length")
            {
                length = Some(value.trim().parse()?);
            }
        }
        let Some(length) = length else { bail!("an answer without a length") };
        let mut body = vec![0; length];
        self.reader.read_exact(&mut body)?;
        Ok((status, body))
    }
}

/// What a load of requests took.
#[derive(Debug, Default)]
pub struct Load {
    /// Each request's time, sorted.
    pub times: Vec<Duration>,
    /// From the first request to the last answer.
    pub took: Duration,
}

impl Load {
    /// Requests a second.
    pub fn rate(&self) -> f64 {
        self.times.len() as f64 / self.took.as_secs_f64().max(1e-9)
    }

    /// The time within which this share (0 to 1) was answered.
    pub fn within(&self, share: f64) -> Duration {
        let at = ((self.times.len() as f64 * share) as usize).min(self.times.len().saturating_sub(1));
        self.times.get(at).copied().unwrap_or_default()
    }
}

/// Asks for `path` on `connections` connections at once, for so long.
///
/// # Errors
/// When an answer is not 200.
pub fn load(
    address: &str,
    path: &str,
    token: Option<&str>,
    connections: usize,
    last: Duration,
) -> Result<Load> {
    let began = Instant::now();
    let threads: Vec<_> = (0..connections)
        .map(|_| {
            let mut client = Client::connect(address, path, token)?;
            Ok(std::thread::spawn(move || -> Result<Vec<Duration>> {
                let mut times = Vec::new();
                while began.elapsed() < last {
                    let asked = Instant::now();
                    let (status, _) = client.get()?;
                    if status != 200 {
                        bail!("answered {status}");
                    }
                    times.push(asked.elapsed());
                }
                Ok(times)
            }))
        })
        .collect::<Result<_>>()?;
    let mut all = Load::default();
    for thread in threads {
        match thread.join() {
            Ok(times) => all.times.extend(times?),
            Err(_) => bail!("a client panicked"),
        }
    }
    all.took = began.elapsed();
    all.times.sort_unstable();
    Ok(all)
}
