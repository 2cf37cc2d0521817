//! Requests signed for services that have no client here.
