//! Events that wake a function: what is taken for a schedule, and what is refused.

use allclear_engine::{Code, Trigger};
use allclear_runtime::lambda::{numbered, scheduled, wake, woken};
use serde_json::{Value, json};

/// The event of a schedule without an input, as `EventBridge` Scheduler sends it.
fn of_eventbridge() -> Value {
    json!({
        "version": "0", "id": "d32c5kddcf5bb8c3", "detail-type": "Scheduled Event",
        "source": "aws.scheduler", "account": "123456789012", "time": "2026-11-29T10:00:00Z",
        "region": "eu-central-1", "resources": [], "detail": "{}",
    })
}

#[test]
fn schedule_events_are_accepted() {
    let timed = json!({ "scheduled_time": "2026-11-29T10:00:00Z" });
    for event in [json!({}), timed, json!({ "wake": true }), of_eventbridge()] {
        assert_eq!(wake(&event).unwrap(), Trigger::Schedule, "{event}");
        scheduled(&event).unwrap();
    }
}

#[test]
fn any_other_object_is_refused_with_a_code() {
    for event in [
        json!({ "monitors": [] }),
        json!({ "scheduled_time": "yesterday" }),
        json!({ "scheduled_time": "2026-11-29T10:00:00Z", "monitors": [] }),
        json!({ "detail-type": "Object Created" }),
        json!({ "requestContext": { "http": { "method": "GET" } } }),
        json!({ "Records": {} }),
        json!([]),
        json!(null),
        json!("{}"),
    ] {
        assert_eq!(wake(&event).unwrap_err().code, Code::EventUnreadable, "{event}");
        assert_eq!(scheduled(&event).unwrap_err().code, Code::EventUnreadable, "{event}");
    }
    // The generator reads no stream.
    assert_eq!(scheduled(&json!({ "Records": [] })).unwrap_err().code, Code::EventUnreadable);
}

#[test]
fn a_record_without_a_sequence_number_is_poison_and_an_error() {
    let trigger = wake(&json!({ "Records": [{}] })).unwrap();
    let Trigger::Records(records) = &trigger else { panic!("{trigger:?}") };
    let allclear_engine::RecordKind::Poison(poison) = &records.first().unwrap().what else {
        panic!("{records:?}")
    };
    assert_eq!(poison.code, "event_unreadable");
    assert_eq!(numbered(&trigger).unwrap_err().code, Code::EventUnreadable);

    let of_a_stream = json!({ "Records": [{ "dynamodb": { "SequenceNumber": "1" } }] });
    numbered(&wake(&of_a_stream).unwrap()).unwrap();
    numbered(&Trigger::Schedule).unwrap();
}

#[tokio::test]
async fn records_without_a_number_are_handled_before_their_caller_gets_an_error() {
    let (foreign, of_a_stream) = (
        json!({ "Records": [{}] }),
        json!({ "Records": [{ "dynamodb": { "SequenceNumber": "1" } }] }),
    );
    let mut handled = Vec::new();
    let handle = async |trigger: &Trigger| {
        handled.push(trigger.clone());
        Ok(handled.len())
    };
    assert_eq!(woken(&foreign, handle).await.unwrap_err().code, Code::EventUnreadable);
    assert_eq!(handled, [wake(&foreign).unwrap()]);
    assert_eq!(woken(&of_a_stream, async |_| Ok("answer")).await.unwrap(), "answer");
}
