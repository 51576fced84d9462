//! SQS's refusals, each by both of its codes.

use super::queue::HandleProblem;
use crate::aws::json_api::Refusal;

fn refusal(code: &'static str, query_code: &'static str, says: impl Into<String>) -> Refusal {
    Refusal { query_code: Some(query_code), ..Refusal::new(code, says) }
}

pub fn no_such_queue() -> Refusal {
    let says = "The specified queue does not exist.";
    refusal("com.amazonaws.sqs#QueueDoesNotExist", "AWS.SimpleQueueService.NonExistentQueue", says)
}

pub fn name_taken() -> Refusal {
    let says = "A queue already exists with the same name and other attributes.";
    refusal("com.amazonaws.sqs#QueueNameExists", "QueueAlreadyExists", says)
}

pub fn bad_attribute(says: impl Into<String>) -> Refusal {
    refusal("com.amazonaws.sqs#InvalidAttributeValue", "InvalidAttributeValue", says)
}

pub fn bad_value(says: impl Into<String>) -> Refusal {
    refusal("com.amazonaws.sqs#InvalidParameterValueException", "InvalidParameterValue", says)
}

pub fn missing(parameter: &str) -> Refusal {
    let says = format!("The request must contain the parameter {parameter}.");
    refusal("com.amazonaws.sqs#MissingRequiredParameterException", "MissingParameter", says)
}

pub fn bad_contents() -> Refusal {
    let says = "The body holds a character that SQS does not take.";
    refusal("com.amazonaws.sqs#InvalidMessageContents", "InvalidMessageContents", says)
}

pub fn unsupported(says: impl Into<String>) -> Refusal {
    let query_code = "AWS.SimpleQueueService.UnsupportedOperation";
    refusal("com.amazonaws.sqs#UnsupportedOperation", query_code, says)
}

pub fn empty_batch() -> Refusal {
    let query_code = "AWS.SimpleQueueService.EmptyBatchRequest";
    refusal("com.amazonaws.sqs#EmptyBatchRequest", query_code, "There should be at least one entry.")
}

pub fn too_many_entries() -> Refusal {
    let query_code = "AWS.SimpleQueueService.TooManyEntriesInBatchRequest";
    let says = "Maximum number of entries per request are 10.";
    refusal("com.amazonaws.sqs#TooManyEntriesInBatchRequest", query_code, says)
}

pub fn ids_not_distinct() -> Refusal {
    let query_code = "AWS.SimpleQueueService.BatchEntryIdsNotDistinct";
    refusal("com.amazonaws.sqs#BatchEntryIdsNotDistinct", query_code, "Two entries have the same id.")
}

pub fn batch_too_long() -> Refusal {
    let query_code = "AWS.SimpleQueueService.BatchRequestTooLong";
    let says = "Batch requests cannot be longer than 1048576 bytes.";
    refusal("com.amazonaws.sqs#BatchRequestTooLong", query_code, says)
}

/// Why this handle cannot be used, in the words that SQS has for a FIFO queue.
pub fn bad_handle(problem: HandleProblem) -> Refusal {
    match problem {
        HandleProblem::Unknown => {
            let says = "The input receipt handle is not a valid receipt handle.";
            refusal("com.amazonaws.sqs#ReceiptHandleIsInvalid", "ReceiptHandleIsInvalid", says)
        }
        HandleProblem::Expired => bad_value("Reason: The receipt handle has expired."),
        HandleProblem::Gone => {
            bad_value("Reason: Message does not exist or is not available for visibility timeout change.")
        }
        HandleProblem::TooLong => {
            bad_value("Reason: Total VisibilityTimeout for the message is beyond the limit [43200 seconds].")
        }
    }
}
