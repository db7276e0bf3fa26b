//! Queues of SQS: messages are put in here, and taken out by Lambda itself.

use crate::aws::Aws;
use crate::call::Call;
use crate::cloud::Post;
use crate::error::CloudError;

impl Post for Aws {
    async fn post(&self, queue_url: &str, body: &str) -> Result<(), CloudError> {
        let client = aws_sdk_sqs::Client::new(&self.config);
        let request = client.send_message().queue_url(queue_url).message_body(body);
        let sent = self.sender.send(Call::SendMessage, || request.clone().send()).await;
        sent.map(|_| ()).map_err(|error| error.about(queue_url))
    }
}
