//! What a function needs that is not EC2's: an object to read its rules from, and a queue to go on from.

use std::future::Future;

use crate::error::CloudError;

/// Reads objects.
pub trait Fetch {
    /// Reads an object to its end.
    fn object(
        &self,
        bucket: &str,
        key: &str,
    ) -> impl Future<Output = Result<Vec<u8>, CloudError>> + Send;
}

/// Puts messages into queues.
pub trait Post {
    /// Puts a message into the queue with this URL.
    fn post(
        &self,
        queue_url: &str,
        body: &str,
    ) -> impl Future<Output = Result<(), CloudError>> + Send;
}
