//! The notes of checkers.

use allclear_core::checker_state::Note;
use allclear_core::id::RegionId;
use allclear_core::ports::{ReadNotes, RecordNotes};

use crate::samples::{monitor, note};

/// Checks that a new note replaces the old one with all of its fields, and that other notes are not
/// changed.
pub async fn the_latest_note_replaces_the_one_before(store: &(impl RecordNotes + ReadNotes)) {
    let region = RegionId::local();
    let [one, two] = ["one", "two"].map(monitor);
    let both = [(one.clone(), note(1)), (two.clone(), note(2))];
    store.record_notes(&region, &both).await.unwrap();
    let asked = [one.clone(), two.clone()];
    assert_eq!(sorted(store.notes(&region, &asked).await.unwrap()), both);
    store.record_notes(&region, &[(two.clone(), note(3))]).await.unwrap();
    let stored = sorted(store.notes(&region, &asked).await.unwrap());
    assert_eq!(stored, [(one, note(1)), (two, note(3))]);
}

/// Checks that two probers of one monitor do not share notes.
pub async fn each_region_has_its_own_notes(store: &(impl RecordNotes + ReadNotes)) {
    let api = monitor("api");
    let regions = ["eu", "eu-west", "us"].map(|name| RegionId::new(name).unwrap());
    for (n, region) in (0..2).zip(&regions) {
        store.record_notes(region, &[(api.clone(), note(n))]).await.unwrap();
    }
    let asked = std::slice::from_ref(&api);
    for (n, region) in (0..2).zip(&regions) {
        assert_eq!(store.notes(region, asked).await.unwrap(), [(api.clone(), note(n))]);
    }
    assert_eq!(store.notes(&regions[2], asked).await.unwrap(), []);
}

/// Checks that a monitor without a note causes no error and does not get the note of another
/// monitor.
pub async fn monitors_without_a_note_are_absent(store: &(impl RecordNotes + ReadNotes)) {
    let region = RegionId::local();
    let names = ["one", "two", "three", "four"].map(monitor);
    store.record_notes(&region, &[]).await.unwrap();
    // More notes than one call may write at once.
    let many: Vec<_> = (0..40).map(|n| (monitor(&format!("other-{n}")), note(n))).collect();
    store.record_notes(&region, &many).await.unwrap();
    let some = [(names[0].clone(), note(0)), (names[2].clone(), note(2))];
    store.record_notes(&region, &some).await.unwrap();
    let stored = store.notes(&region, &names[1..]).await.unwrap();
    assert_eq!(stored, [(names[2].clone(), note(2))]);
    assert_eq!(store.notes(&region, &[]).await.unwrap(), []);
}

fn sorted<M: Ord>(mut notes: Vec<(M, Note)>) -> Vec<(M, Note)> {
    notes.sort_by(|(one, _), (other, _)| one.cmp(other));
    notes
}
