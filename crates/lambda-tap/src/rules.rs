//! The rules of the function: read when it starts, and again when they are old. A run without the rules that it should have
//! would take what they made for leftovers: where they cannot be read, or are wrong, nothing is done at all.

use std::time::{Duration, Instant};

use tap_core::cloud::Fetch;
use tap_core::error::CloudError;
use tap_core::policy::rules::{Mistakes, RuleSet};
use tokio::sync::Mutex;

use crate::config::RulesFrom;

/// How old rules may be before they are read again.
const MAX_AGE: Duration = Duration::from_secs(300);

/// What rules from a variable are called where a line of theirs is named.
const IN_VARIABLE: &str = "SESSION_MIRROR_RULES_YAML";

/// Why there are no rules, although there should be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RulesError {
    /// They could not be read.
    #[error("the rules cannot be read, so nothing is done: {0} ({remedy})", remedy = .0.remedy())]
    Unread(CloudError),
    /// They are wrong.
    #[error("the rules are wrong, so nothing is done:\n{0}")]
    Wrong(Mistakes),
}

/// The rules, as they were when they were last read.
#[derive(Debug)]
pub struct Rules {
    from: RulesFrom,
    last: Mutex<Option<Last>>,
}

#[derive(Debug)]
struct Last {
    read: Instant,
    rules: RuleSet,
}

impl Rules {
    /// Rules from somewhere, not read yet.
    pub fn new(from: RulesFrom) -> Self {
        Self { from, last: Mutex::default() }
    }

    /// The rules, read where they were not or are old; none where the function has none.
    ///
    /// # Errors
    /// [`RulesError`]. What was read before is not used then: nobody knows what it has become.
    pub async fn current<F: Fetch>(&self, fetch: &F) -> Result<Option<RuleSet>, RulesError> {
        let (name, bytes) = match &self.from {
            RulesFrom::Nowhere => return Ok(None),
            RulesFrom::Text(text) => (IN_VARIABLE.to_owned(), text.clone().into_bytes()),
            RulesFrom::Object { bucket, key } => {
                let last = self.last.lock().await;
                if let Some(last) = last.as_ref().filter(|last| last.read.elapsed() < MAX_AGE) {
                    return Ok(Some(last.rules.clone()));
                }
                let bytes = fetch.object(bucket, key).await.map_err(RulesError::Unread)?;
                (format!("s3://{bucket}/{key}"), bytes)
            }
        };
        let rules = read(&name, &bytes)?;
        *self.last.lock().await = Some(Last { read: Instant::now(), rules: rules.clone() });
        Ok(Some(rules))
    }
}

fn read(name: &str, bytes: &[u8]) -> Result<RuleSet, RulesError> {
    let reading = RuleSet::read(name, bytes).map_err(RulesError::Wrong)?;
    for warning in &reading.warnings {
        tracing::warn!("{warning}");
    }
    Ok(reading.rules)
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex as StdMutex;

    use tap_core::call::Call;
    use tap_core::error::ErrorKind;

    use super::*;

    /// A bucket with one object, or none.
    struct Bucket(StdMutex<(u32, Option<&'static str>)>);

    impl Bucket {
        fn with(text: Option<&'static str>) -> Self {
            Self(StdMutex::new((0, text)))
        }

        fn reads(&self) -> u32 {
            self.0.lock().unwrap().0
        }
    }

    impl Fetch for Bucket {
        async fn object(&self, bucket: &str, key: &str) -> Result<Vec<u8>, CloudError> {
            let mut state = self.0.lock().unwrap();
            state.0 += 1;
            state.1.map(|text| text.as_bytes().to_vec()).ok_or_else(|| CloudError {
                kind: ErrorKind::Denied,
                call: Call::GetObject,
                resource: Some(format!("s3://{bucket}/{key}")),
                code: Some("AccessDenied".to_owned()),
                message: "Access Denied".to_owned(),
            })
        }
    }

    const TEXT: &str = "vpcs:\n- vpcId: vpc-1\n  targetId: tmt-1\n  filterId: tmf-1\n";

    fn object() -> Rules {
        Rules::new(RulesFrom::Object { bucket: "rules".to_owned(), key: "a.yaml".to_owned() })
    }

    #[tokio::test]
    async fn what_is_new_is_not_read_again() {
        let (rules, bucket) = (object(), Bucket::with(Some(TEXT)));
        for _ in 0..3 {
            let read = rules.current(&bucket).await.unwrap().unwrap();
            assert_eq!(read.rules.len(), 1);
        }
        assert_eq!(bucket.reads(), 1);
        assert_eq!(Rules::new(RulesFrom::Nowhere).current(&bucket).await, Ok(None));
        let text = Rules::new(RulesFrom::Text(TEXT.to_owned()));
        assert_eq!(text.current(&bucket).await.unwrap().unwrap().rules.len(), 1);
        assert_eq!(bucket.reads(), 1);
    }

    #[tokio::test]
    async fn what_is_old_is_read_again_and_not_used_where_that_fails() {
        let (rules, bucket) = (object(), Bucket::with(Some(TEXT)));
        rules.current(&bucket).await.unwrap();
        let age = |rules: &mut Rules| {
            let last = rules.last.get_mut().as_mut().unwrap();
            last.read = Instant::now().checked_sub(MAX_AGE).unwrap();
        };
        let mut rules = rules;
        age(&mut rules);
        rules.current(&bucket).await.unwrap();
        assert_eq!(bucket.reads(), 2);
        age(&mut rules);
        bucket.0.lock().unwrap().1 = None;
        let error = rules.current(&bucket).await.unwrap_err().to_string();
        assert!(error.contains("s3://rules/a.yaml") && error.contains("s3:GetObject"), "{error}");
    }

    #[tokio::test]
    async fn wrong_rules_are_said_with_their_lines() {
        let (rules, bucket) = (object(), Bucket::with(Some("vpcs:\n- vpcID: vpc-1\n")));
        let error = rules.current(&bucket).await.unwrap_err().to_string();
        assert!(error.contains("s3://rules/a.yaml:2"), "{error}");
        let empty = Rules::new(RulesFrom::Text("vpcs:\n- {}".to_owned()));
        let error = empty.current(&bucket).await.unwrap_err().to_string();
        assert!(error.contains("SESSION_MIRROR_RULES_YAML:2"), "{error}");
    }
}
