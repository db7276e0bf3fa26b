//! An endpoint whose page token never changes: the place in the listing is kept on the server, as a cursor. Tokens are opaque,
//! so that is nobody's mistake, and a listing is over only where no token comes any more (ruling 10).

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

use crate::support::Account;

/// The real token of each listing, by its request without the token.
type Cursors = Arc<Mutex<BTreeMap<String, String>>>;

/// Stands before an endpoint and shows one token only. Gives its own URL.
fn one_token_for_all(upstream: &str) -> String {
    let upstream = upstream.strip_prefix("http://").unwrap().to_owned();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let cursors = Cursors::default();
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let (upstream, cursors) = (upstream.clone(), Arc::clone(&cursors));
            // A client that goes away in the middle is no matter of this test.
            std::thread::spawn(move || pass_on(stream, &upstream, &cursors).ok());
        }
    });
    url
}

fn pass_on(mut client: TcpStream, upstream: &str, cursors: &Cursors) -> std::io::Result<()> {
    let mut reader = BufReader::new(client.try_clone()?);
    let (mut authorization, mut length) = (String::new(), 0);
    loop {
        let mut line = String::new();
        reader.read_line(&mut line)?;
        let Some((name, value)) = line.split_once(':') else {
            if line.trim().is_empty() {
                break;
            }
            continue;
        };
        match name.to_ascii_lowercase().as_str() {
            "authorization" => authorization = value.trim().to_owned(),
            "content-length" => length = value.trim().parse().unwrap_or_default(),
            _ => {}
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body)?;
    let body = String::from_utf8_lossy(&body).into_owned();
    let (token, rest): (Vec<&str>, Vec<&str>) =
        body.split('&').partition(|pair| pair.starts_with("NextToken="));
    let listing = rest.join("&");
    let mut body = listing.clone();
    if !token.is_empty() {
        let real = cursors.lock().unwrap().get(&listing).cloned().unwrap_or_default();
        body.push_str(&format!("&NextToken={real}"));
    }
    let mut server = TcpStream::connect(upstream)?;
    write!(
        server,
        "POST / HTTP/1.1\r\nHost: {upstream}\r\nAuthorization: {authorization}\r\nContent-Type: \
         application/x-www-form-urlencoded\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
        body.len()
    )?;
    let mut answer = String::new();
    server.read_to_string(&mut answer)?;
    let (head, xml) = answer.split_once("\r\n\r\n").unwrap_or((&answer, ""));
    let status = head.lines().next().unwrap_or("HTTP/1.1 502 Bad Gateway");
    let mut xml = xml.to_owned();
    if let Some((before, after)) = xml.split_once("<nextToken>")
        && let Some((real, after)) = after.split_once("</nextToken>")
    {
        cursors.lock().unwrap().insert(listing, real.to_owned());
        xml = format!("{before}<nextToken>cursor</nextToken>{after}");
    }
    write!(
        client,
        "{status}\r\nContent-Type: text/xml\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{xml}",
        xml.len()
    )
}

#[test]
fn the_same_token_twice_is_no_sign_of_the_end() {
    let account = Account::fleet(60);
    account.sim.set_switches(|s| s.pages.cap = Some(10));
    let url = one_token_for_all(&account.sim.endpoint_url());
    let document = account.json(0, &["--endpoint-url", &url]);
    assert_eq!(document["totals"]["create"], 60, "{:#}", document["totals"]);
    let again = account.json(0, &["--endpoint-url", &url]);
    assert_eq!(again["totals"]["keep"], 60, "{:#}", again["totals"]);
    assert_eq!(account.owned_by_eni().len(), 60);
}
