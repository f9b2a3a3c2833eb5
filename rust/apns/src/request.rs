use http::header::AUTHORIZATION;
use http::uri::{Authority, PathAndQuery, Scheme};
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, Uri, Version};

use crate::{Notification, NotificationError};

const TOPIC: HeaderName = HeaderName::from_static("apns-topic");
const PUSH_TYPE: HeaderName = HeaderName::from_static("apns-push-type");
const PRIORITY: HeaderName = HeaderName::from_static("apns-priority");
const EXPIRATION: HeaderName = HeaderName::from_static("apns-expiration");
const COLLAPSE_ID: HeaderName = HeaderName::from_static("apns-collapse-id");
pub(crate) const APNS_ID: HeaderName = HeaderName::from_static("apns-id");
pub(crate) const APNS_UNIQUE_ID: HeaderName = HeaderName::from_static("apns-unique-id");

/// The path and headers of one notification, without its provider token: they stay the same however often it is sent.
pub(crate) struct RequestHead {
    uri: Uri,
    headers: HeaderMap,
}

impl RequestHead {
    /// Fails only for what [`Notification::check`] refuses.
    pub(crate) fn new(
        authority: &Authority,
        notification: &Notification,
    ) -> Result<Self, NotificationError> {
        let path = PathAndQuery::try_from(format!("/3/device/{}", notification.token.as_str()));
        let path = path.map_err(|_| NotificationError::BadTopic)?;
        let uri = Uri::builder()
            .scheme(Scheme::HTTPS)
            .authority(authority.clone())
            .path_and_query(path)
            .build();
        let mut headers = HeaderMap::with_capacity(8);
        headers.insert(
            APNS_ID,
            value_that_differs(
                &notification.apns_id.as_hyphenated().to_string(),
                NotificationError::BadTopic,
            )?,
        );
        headers.insert(
            EXPIRATION,
            value_that_differs(
                &notification.expiration.to_string(),
                NotificationError::BadTopic,
            )?,
        );
        headers.insert(
            TOPIC,
            HeaderValue::try_from(&notification.topic).map_err(|_| NotificationError::BadTopic)?,
        );
        headers.insert(
            PUSH_TYPE,
            HeaderValue::from_static(notification.push_type.as_str()),
        );
        headers.insert(
            PRIORITY,
            HeaderValue::from_static(notification.priority.as_str()),
        );
        if let Some(id) = &notification.collapse_id {
            headers.insert(
                COLLAPSE_ID,
                value_that_differs(id, NotificationError::BadCollapseId)?,
            );
        }
        Ok(Self {
            uri: uri.map_err(|_| NotificationError::BadTopic)?,
            headers,
        })
    }

    /// The request for one attempt.
    pub(crate) fn request(&self, authorization: Option<&HeaderValue>) -> Request<()> {
        let mut headers = self.headers.clone();
        if let Some(token) = authorization {
            headers.insert(AUTHORIZATION, token.clone());
        }
        let mut request = Request::new(());
        *request.method_mut() = Method::POST;
        *request.version_mut() = Version::HTTP_2;
        *request.uri_mut() = self.uri.clone();
        *request.headers_mut() = headers;
        request
    }
}

/// A value that is another one in each request. Apple asks to keep such values out of the small HPACK table ("Sending notification
/// requests to APNs"); marking them sensitive does that.
fn value_that_differs(
    text: &str,
    error: NotificationError,
) -> Result<HeaderValue, NotificationError> {
    let mut value = HeaderValue::from_str(text).map_err(|_| error)?;
    value.set_sensitive(true);
    Ok(value)
}
