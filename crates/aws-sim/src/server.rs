//! HTTP on loopback: takes a connection, reads a request, and answers it or closes the connection without a word.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use http_body_util::{BodyExt, Full, Limited};
use hyper::body::{Bytes, Incoming};
use hyper::header::{AUTHORIZATION, CONTENT_TYPE};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Response, StatusCode};
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;
use tokio::sync::watch;

use crate::clock::Clock;
use crate::dispatch::{self, Ctx};
use crate::error::ApiError;
use crate::faults::{Fate, Faults};
use crate::journal::{CallRecord, Journal};
use crate::request::Request;
use crate::wire::{self, Body};
use crate::world::Account;
use crate::zones;

/// The largest body that is read: a thousand resource ids with tags are far below it.
const MAX_BODY: usize = 4 * 1024 * 1024;

/// What all connections share.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) account: Mutex<Account>,
    pub(crate) faults: Mutex<Faults>,
    /// Told when a call is taken that is never answered.
    pub(crate) hung: Condvar,
    pub(crate) journal: Mutex<Journal>,
    pub(crate) clock: Clock,
}

/// Locks, also after a panic elsewhere: a test that fails in a closure should not hide behind a poisoned lock.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The connection is closed; nothing is sent.
#[derive(Debug)]
struct Closed;

impl std::fmt::Display for Closed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("closed without a reply")
    }
}

impl std::error::Error for Closed {}

/// Serves until told to stop.
pub(crate) async fn serve(
    listener: TcpListener,
    shared: Arc<Shared>,
    mut stop: watch::Receiver<bool>,
) {
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            _ = stop.changed() => return,
        };
        let Ok((stream, _)) = accepted else { continue };
        // Answers are small: waiting for more to send costs 40 ms on loopback.
        let Ok(()) = stream.set_nodelay(true) else { continue };
        let shared = Arc::clone(&shared);
        let mut stop = stop.clone();
        tokio::spawn(async move {
            let service = service_fn(move |http| {
                let shared = Arc::clone(&shared);
                async move { handle(&shared, http).await }
            });
            let connection = http1::Builder::new().serve_connection(TokioIo::new(stream), service);
            // An error here is a client that went away or a fault of ours: both are meant.
            tokio::select! {
                _ = connection => {}
                _ = stop.changed() => {}
            }
        });
    }
}

async fn handle(
    shared: &Shared,
    http: hyper::Request<Incoming>,
) -> Result<Response<Full<Bytes>>, Closed> {
    let authorization = http.headers().get(AUTHORIZATION);
    let authorization = authorization.and_then(|value| value.to_str().ok()).map(str::to_owned);
    let target = http.headers().get("x-amz-target");
    let target = target.and_then(|value| value.to_str().ok()).map(str::to_owned);
    let query = http.uri().query().unwrap_or_default().to_owned();
    let body = Limited::new(http.into_body(), MAX_BODY).collect().await.map_err(|_| Closed)?;
    let body = String::from_utf8_lossy(&body.to_bytes()).into_owned();
    let request = match target {
        Some(target) => wire::json_request(&target, &body, authorization.as_deref()),
        None => {
            let mut form = wire::decode_form(&query);
            form.extend(wire::decode_form(&body));
            wire::request(form, authorization.as_deref())
        }
    };

    let started = shared.clock.now();
    let seq = lock(&shared.journal).begin(CallRecord {
        seq: 0,
        service: request.service.signing_name().to_owned(),
        action: request.action.clone(),
        params: request.params.clone(),
        started,
        took: Duration::ZERO,
        status: None,
        error: None,
        region: request.region.clone(),
    });
    let delay = lock(&shared.faults).delay(&request);
    if !delay.is_zero() {
        tokio::time::sleep(delay).await;
    }
    let reply = answer(shared, &request);
    let took = shared.clock.now().saturating_sub(started);
    let request_id = request_id(seq);
    let (status, error, text) = match reply {
        Reply::Closed(why) => {
            lock(&shared.journal).end(seq, took, None, Some(why.to_owned()));
            return Err(Closed);
        }
        Reply::Never(why) => {
            lock(&shared.journal).end(seq, took, None, Some(why.to_owned()));
            shared.hung.notify_all();
            // Ends when the client goes away, or the simulator does.
            return std::future::pending().await;
        }
        Reply::Answer(xml) => {
            (200, None, wire::answer(request.service, &request.action, xml, &request_id))
        }
        Reply::Cut(xml, thousandths) => {
            let mut text = wire::answer(request.service, &request.action, xml, &request_id);
            let length = text.len() * usize::from(thousandths) / 1000;
            text.truncate(text.floor_char_boundary(length));
            (200, Some("CutShort".to_owned()), text)
        }
        Reply::Error(error) => {
            let text = wire::error(request.service, &error, &request_id);
            (error.status, Some(error.code), text)
        }
    };
    lock(&shared.journal).end(seq, took, Some(status), error);
    let mut response = Response::new(Full::new(Bytes::from(text)));
    *response.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_REQUEST);
    let kind = hyper::header::HeaderValue::from_static(request.service.content_type());
    response.headers_mut().insert(CONTENT_TYPE, kind);
    if let Ok(id) = hyper::header::HeaderValue::from_str(&request_id) {
        response.headers_mut().insert("x-amzn-requestid", id);
    }
    Ok(response)
}

/// Looks like AWS's, and tells the number of the call.
fn request_id(seq: usize) -> String {
    format!("5171a7ed-0000-4000-8000-{seq:012}")
}

enum Reply {
    Answer(Body),
    Error(ApiError),
    /// The beginning of an answer comes, so many thousandths of it, as though it were all.
    Cut(Body, u16),
    /// The connection closes.
    Closed(&'static str),
    /// The connection stays open.
    Never(&'static str),
}

fn answer(shared: &Shared, request: &Request) -> Reply {
    // One order of locks everywhere: faults, then account.
    let mut faults = lock(&shared.faults);
    let now = shared.clock.now();
    let fate = faults.fate(request, now);
    let lag = faults.lag();
    // A read that is later than the simulator is old sees the account as it was at the start.
    let view = (!lag.is_zero()).then(|| now.saturating_sub(lag));
    let mut account = lock(&shared.account);
    if let Fate::Reset | Fate::Hang = fate {
        faults.after(request, &mut account);
        let reset = fate == Fate::Reset;
        return if reset { Reply::Closed("Reset") } else { Reply::Never("Hang") };
    }
    let outcome = match &fate {
        Fate::Refused(error) => Err(error.clone()),
        _ => run(&mut account, &faults, request, view),
    };
    faults.after(request, &mut account);
    match (fate, outcome) {
        (Fate::LoseReply, _) => Reply::Closed("LoseReply"),
        (Fate::HangDone, _) => Reply::Never("HangDone"),
        (Fate::CutShort(thousandths), Ok(xml)) => Reply::Cut(xml, thousandths),
        (_, Ok(xml)) => Reply::Answer(xml),
        (_, Err(error)) => Reply::Error(error),
    }
}

fn run(
    account: &mut Account,
    faults: &Faults,
    request: &Request,
    view: Option<Duration>,
) -> Result<Body, ApiError> {
    let action = dispatch::find(request)?;
    let region = &request.region;
    let known = zones::is_standard(region) || account.regions.contains_key(region);
    if !known {
        let text = if zones::is_opt_in(region) {
            "AWS was not able to validate the provided access credentials"
        } else {
            "Credential should be scoped to a valid region."
        };
        return Err(ApiError::new(401, "AuthFailure", text));
    }
    let regions: Vec<String> = account.regions.keys().cloned().collect();
    let (world, roles, organization) = account.parts(region);
    let switches = &faults.switches;
    let mut ctx = Ctx { request, world, roles, organization, switches, view, regions: &regions };
    action.handler.run(&mut ctx)
}
