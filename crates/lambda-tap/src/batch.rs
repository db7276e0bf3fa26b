//! How events come: one by itself, or some as messages of an SQS queue; and how is said which of these have failed.

use std::collections::BTreeSet;

use aws_lambda_events::event::sqs::{BatchItemFailure, SqsBatchResponse, SqsEvent};
use serde::Deserialize;
use serde_json::Value;

use crate::event::Malformed;

/// What an invocation brings.
#[derive(Debug, Clone, PartialEq)]
pub enum Incoming<'a> {
    /// An event by itself: from EventBridge, or from a person.
    Direct(&'a Value),
    /// Messages of a queue.
    Batch(Vec<Message>),
}

/// A message of a queue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// Its id, by which is said that it failed.
    pub id: String,
    /// Its text.
    pub body: String,
}

impl<'a> Incoming<'a> {
    /// Tells one from the other.
    ///
    /// # Errors
    /// [`Malformed`] for messages that are none. Their ids are not known, so that all of them fail.
    pub fn of(payload: &'a Value) -> Result<Self, Malformed> {
        let records = payload.get("Records").and_then(Value::as_array);
        let of_sqs = |record: &Value| record["eventSource"] == "aws:sqs";
        match records {
            Some(records) if records.iter().all(of_sqs) => {}
            Some(_) | None => return Ok(Self::Direct(payload)),
        }
        let event = SqsEvent::deserialize(payload)
            .map_err(|error| Malformed::new(format!("messages of a queue: {error}")))?;
        let message = |(i, message): (usize, aws_lambda_events::event::sqs::SqsMessage)| {
            let id = message.message_id.filter(|id| !id.is_empty());
            let id = id.ok_or_else(|| Malformed::new(format!("message {i} has no id")))?;
            Ok(Message { id, body: message.body.unwrap_or_default() })
        };
        event
            .records
            .into_iter()
            .enumerate()
            .map(message)
            .collect::<Result<_, _>>()
            .map(Self::Batch)
    }
}

/// The answer that has just these messages come again. The queue keeps count, and gives up in the end.
pub fn answer(failed: &BTreeSet<String>) -> Value {
    let mut response = SqsBatchResponse::default();
    for id in failed {
        let mut failure = BatchItemFailure::default();
        failure.item_identifier.clone_from(id);
        response.batch_item_failures.push(failure);
    }
    serde_json::to_value(response).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn record(id: &str, body: &str) -> Value {
        json!({
            "messageId": id, "receiptHandle": "h", "body": body,
            "attributes": {"ApproximateReceiveCount": "1"}, "messageAttributes": {},
            "md5OfBody": "..", "eventSource": "aws:sqs", "awsRegion": "eu-west-1",
            "eventSourceARN": "arn:aws:sqs:eu-west-1:111111111111:q",
        })
    }

    #[test]
    fn messages_keep_their_ids() {
        let payload = json!({"Records": [record("m-1", "{}"), record("m-2", "x")]});
        let message = |id: &str, body: &str| Message { id: id.to_owned(), body: body.to_owned() };
        let batch = Incoming::Batch(vec![message("m-1", "{}"), message("m-2", "x")]);
        assert_eq!(Incoming::of(&payload), Ok(batch));
        assert_eq!(Incoming::of(&json!({"Records": []})), Ok(Incoming::Batch(Vec::new())));
    }

    #[test]
    fn what_is_no_batch_is_an_event() {
        for payload in [
            json!({}),
            json!(null),
            json!({"Records": 7}),
            json!({"Records": [{"eventSource": "aws:s3"}]}),
            json!({"Records": [record("m", ""), {"EventSource": "aws:sns"}]}),
        ] {
            assert_eq!(Incoming::of(&payload), Ok(Incoming::Direct(&payload)), "{payload}");
        }
    }

    #[test]
    fn a_message_without_an_id_fails_all() {
        let mut nameless = record("m", "{}");
        nameless["messageId"] = Value::Null;
        assert!(Incoming::of(&json!({"Records": [record("m-1", "{}"), nameless]})).is_err());
        let mut odd = record("m", "{}");
        odd["body"] = json!(7);
        assert!(Incoming::of(&json!({"Records": [odd]})).is_err());
    }

    #[test]
    fn the_answer_names_what_failed() {
        assert_eq!(answer(&BTreeSet::new()), json!({"batchItemFailures": []}));
        let failed = ["m-2".to_owned()].into();
        assert_eq!(answer(&failed), json!({"batchItemFailures": [{"itemIdentifier": "m-2"}]}));
    }
}
