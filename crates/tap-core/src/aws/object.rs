//! Objects in S3, each read whole.

use aws_sdk_s3::primitives::ByteStream;

use crate::aws::Aws;
use crate::call::Call;
use crate::cloud::Fetch;
use crate::error::{CloudError, ErrorKind};

/// How often an object is read whose body breaks off.
const TRIES: u32 = 3;

/// The largest object that is read, bytes. A file of rules has a few thousand.
const LARGEST: i64 = 1 << 20;

impl Fetch for Aws {
    async fn object(&self, bucket: &str, key: &str) -> Result<Vec<u8>, CloudError> {
        let call = Call::GetObject;
        let name = format!("s3://{bucket}/{key}");
        let request = aws_sdk_s3::Client::new(&self.config).get_object().bucket(bucket).key(key);
        let mut tries = 0;
        loop {
            tries += 1;
            let answer = self.sender.send(call, || request.clone().send()).await;
            let answer = answer.map_err(|error| error.about(&name))?;
            let length = answer.content_length().unwrap_or_default();
            if length > LARGEST {
                let message = format!("it has {length} bytes, and {LARGEST} is the most");
                return Err(CloudError::bad_answer(call, message).about(&name));
            }
            match whole(answer.body, length).await {
                Ok(bytes) => return Ok(bytes),
                Err(message) if tries >= TRIES => {
                    let error = CloudError::bad_answer(call, message).about(&name);
                    return Err(CloudError { kind: ErrorKind::Unreachable, ..error });
                }
                Err(_) => {}
            }
        }
    }
}

/// The bytes of a body, all that were announced.
async fn whole(body: ByteStream, length: i64) -> Result<Vec<u8>, String> {
    let bytes = body.collect().await.map_err(|error| error.to_string())?.into_bytes();
    match i64::try_from(bytes.len()) {
        Ok(got) if got >= length => Ok(bytes.to_vec()),
        _ => Err(format!("{} of {length} bytes came", bytes.len())),
    }
}
