//! The PUT on a service with its faults: what is answered and what is done need not agree.

use http::StatusCode;
use jiff::Timestamp;
use serde_json::json;

use super::super::exchange::{Answer, Incoming};
use super::super::rest;
use super::answer::{Outcome, bad_body, no_route};
use super::{Aiven, body, forbidden, update};

/// What a PUT comes to: Aiven's answer, or the page of a gateway before it.
pub(super) enum Put {
    Body(Outcome),
    Raw(Answer),
}

impl Aiven {
    pub(super) fn put(
        &mut self,
        project: &str,
        name: &str,
        request: &Incoming,
        now: Timestamp,
    ) -> Put {
        let on = |kind: &str| self.faults.on_for(kind, &[name]);
        let (kept, lists, denied) = (on("kept"), on("answer-lists-region"), on("deny-update"));
        let (gateway, gateway_after) = (on("html-408"), on("html-408-after"));
        let (error, error_after) = (on("error-200"), on("error-200-after"));
        if denied {
            return Put::Body(Err(forbidden()));
        }
        if gateway {
            return Put::Raw(rest::html(StatusCode::REQUEST_TIMEOUT));
        }
        if error {
            return Put::Body(Ok(json!({"error": "Internal error, please try again"})));
        }
        let result = self.position(project, name).and_then(|place| {
            let body = rest::object(request).ok_or_else(bad_body)?;
            let service = self.services.get_mut(place).ok_or_else(no_route)?;
            let before = service.clone();
            update::apply(service, &body, &self.faults, now)?;
            let after = service.clone();
            if kept {
                *service = before.clone();
                service.puts = after.puts;
            }
            Ok((before, after))
        });
        let (before, mut after) = match result {
            Ok(services) => services,
            Err(refusal) => return Put::Body(Err(refusal)),
        };
        if gateway_after {
            return Put::Raw(rest::html(StatusCode::REQUEST_TIMEOUT));
        }
        if error_after {
            return Put::Body(Ok(json!({"error": "Internal error, please try again"})));
        }
        if lists {
            after.user_config = before.user_config;
        }
        Put::Body(Ok(json!({"service": body::service(&after)})))
    }
}
