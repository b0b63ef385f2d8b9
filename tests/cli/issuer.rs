//! Whoever hands out AWS credentials, on loopback: a container's agent, an instance's metadata, IAM Identity Center. What it
//! hands out are sessions that the sandbox knows.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    sync::{Arc, Mutex},
    thread,
};

use serde_json::{Value, json};

use crate::world::World;

/// The role whose sessions are handed out, in the sandbox' own account.
pub(crate) const ROLE: &str = "arn:aws:iam::111122223333:role/bkdel";

/// One request as it came in.
#[derive(Debug, Clone)]
pub(crate) struct Asked {
    pub method: String,
    /// With the query.
    pub path: String,
    pub headers: Vec<(String, String)>,
}

impl Asked {
    pub(crate) fn header(&self, name: &str) -> &str {
        let found = self.headers.iter().find(|(known, _)| known == name);
        found.map_or("", |(_, value)| value)
    }
}

/// What it says: a status and a body; `None` for nothing at all, ever.
pub(crate) type Said = Option<(u16, String)>;

/// A server for one test. Its thread ends with the test's process.
pub(crate) struct Issuer {
    address: SocketAddr,
    asked: Arc<Mutex<Vec<Asked>>>,
}

impl Issuer {
    pub(crate) fn saying(say: impl Fn(&Asked) -> Said + Send + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let asked = Arc::new(Mutex::new(Vec::new()));
        let record = Arc::clone(&asked);
        thread::spawn(move || {
            // What is never answered stays open: a closed connection would be an answer.
            let mut open = Vec::new();
            while let Ok((stream, _)) = listener.accept() {
                let request = read(&stream);
                let said = say(&request);
                record.lock().unwrap().push(request);
                match said {
                    Some((status, body)) => answer(&stream, status, &body),
                    None => open.push(stream),
                }
            }
        });
        Self { address, asked }
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    pub(crate) fn asked(&self) -> Vec<Asked> {
        self.asked.lock().unwrap().clone()
    }

    /// What was asked for, by method and path.
    pub(crate) fn paths(&self) -> Vec<String> {
        let asked = self.asked();
        let path = |asked: &Asked| format!("{} {}", asked.method, asked.path);
        asked.iter().map(path).collect()
    }
}

fn read(stream: &TcpStream) -> Asked {
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    reader.read_line(&mut line).unwrap();
    let mut words = line.split_whitespace().map(str::to_owned);
    let (method, path) = (
        words.next().unwrap_or_default(),
        words.next().unwrap_or_default(),
    );
    let mut headers = Vec::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).unwrap();
        let Some((name, value)) = line.trim_end().split_once(": ") else {
            break;
        };
        headers.push((name.to_ascii_lowercase(), value.to_owned()));
    }
    let length = headers
        .iter()
        .find(|(name, _)| name == "content-length")
        .map_or(0, |(_, length)| length.parse().unwrap());
    let mut body = vec![0; length];
    reader.read_exact(&mut body).unwrap();
    Asked {
        method,
        path,
        headers,
    }
}

fn answer(mut stream: &TcpStream, status: u16, body: &str) {
    // The metadata's token is good for as long as this header says.
    write!(
        stream,
        "HTTP/1.1 {status} X\r\nx-aws-ec2-metadata-token-ttl-seconds: 21600\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
        body.len()
    )
    .ok();
}

/// A session of the sandbox', by which it can be told from every other.
#[derive(Debug, Clone)]
pub(crate) struct Session {
    pub key: String,
    pub secret: String,
    pub token: String,
    pub until: String,
}

impl Session {
    /// As containers, the metadata and processes print it.
    pub(crate) fn json(&self) -> Value {
        json!({
            "Version": 1,
            "Code": "Success",
            "AccessKeyId": self.key,
            "SecretAccessKey": self.secret,
            "SessionToken": self.token,
            "Token": self.token,
            "Expiration": self.until,
        })
    }
}

/// Hands out sessions of a world's sandbox: as STS does for a web identity, which nobody signs.
#[derive(Clone)]
pub(crate) struct Sessions(String);

impl Sessions {
    pub(crate) fn of(world: &World) -> Self {
        let url = world.variable("AWS_ENDPOINT_URL");
        Self(url.trim_start_matches("http://").to_owned())
    }

    /// One that is good for so many seconds.
    pub(crate) fn lasting(&self, seconds: u32) -> Session {
        let body = format!(
            "Action=AssumeRoleWithWebIdentity&Version=2011-06-15&RoleArn={ROLE}&RoleSessionName=test&WebIdentityToken=test&DurationSeconds={seconds}"
        );
        let xml = self.ask("POST", "/", &body);
        let field = |name: &str| {
            let (_, rest) = xml.split_once(&format!("<{name}>")).expect(name);
            rest.split_once('<').unwrap().0.to_owned()
        };
        Session {
            key: field("AccessKeyId"),
            secret: field("SecretAccessKey"),
            token: field("SessionToken"),
            until: field("Expiration"),
        }
    }

    /// Whether the sandbox has been asked to delete something.
    pub(crate) fn has_deleted(&self) -> bool {
        let requests = self.ask("GET", "/_sandbox/requests", "");
        requests.contains("\"DELETE\"")
    }

    fn ask(&self, method: &str, path: &str, body: &str) -> String {
        let mut stream = TcpStream::connect(&self.0).unwrap();
        write!(
            stream,
            "{method} {path} HTTP/1.1\r\nhost: sandbox\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
            body.len()
        )
        .unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    }
}
