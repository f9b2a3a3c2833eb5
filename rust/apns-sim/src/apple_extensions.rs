//! The extensions by which an APNs certificate says what it is for (Apple: "Establishing a certificate-based connection to APNs").

use rcgen::CustomExtension;
use x509_parser::asn1_rs::{Any, FromDer, Tag};
use x509_parser::prelude::X509Certificate;
use zpns_protocol::Environment;

use crate::headers::VOIP_SUFFIX;

const DEVELOPMENT: &[u64] = &[1, 2, 840, 113_635, 100, 6, 3, 1];
const PRODUCTION: &[u64] = &[1, 2, 840, 113_635, 100, 6, 3, 2];
const TOPICS: &[u64] = &[1, 2, 840, 113_635, 100, 6, 3, 6];

const NULL: [u8; 2] = [5, 0];
const TAG_UTF8_STRING: u8 = 0x0c;
const TAG_SEQUENCE: u8 = 0x30;

/// What a client certificate may be used for.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Scope {
    pub(crate) topics: Vec<String>,
    pub(crate) environments: Vec<Environment>,
}

impl Scope {
    /// The extensions that say so: a NULL for each environment, and the topics, each followed by its kind in a sequence.
    pub(crate) fn extensions(&self) -> Vec<CustomExtension> {
        let mut extensions: Vec<_> = self
            .environments
            .iter()
            .map(|e| CustomExtension::from_oid_content(marker(*e), NULL.to_vec()))
            .collect();
        let mut topics = Vec::new();
        for topic in &self.topics {
            topics.extend(tagged(TAG_UTF8_STRING, topic.as_bytes()));
            topics.extend(tagged(
                TAG_SEQUENCE,
                &tagged(TAG_UTF8_STRING, purpose(topic).as_bytes()),
            ));
        }
        extensions.push(CustomExtension::from_oid_content(
            TOPICS,
            tagged(TAG_SEQUENCE, &topics),
        ));
        extensions
    }

    /// Reads them back. `None` if this is no certificate.
    pub(crate) fn read(certificate: &[u8]) -> Option<Self> {
        let (_, certificate) = X509Certificate::from_der(certificate).ok()?;
        let value = |oid: &[u64]| {
            let is_it = |found: &[u64]| found == oid;
            certificate
                .extensions()
                .iter()
                .find(|e| {
                    e.oid
                        .iter()
                        .is_some_and(|arcs| is_it(&arcs.collect::<Vec<_>>()))
                })
                .map(|e| e.value)
        };
        Some(Self {
            topics: value(TOPICS).map(read_topics).unwrap_or_default(),
            environments: Environment::ALL
                .into_iter()
                .filter(|e| value(marker(*e)).is_some())
                .collect(),
        })
    }
}

const fn marker(environment: Environment) -> &'static [u64] {
    match environment {
        Environment::Development => DEVELOPMENT,
        Environment::Production => PRODUCTION,
    }
}

fn purpose(topic: &str) -> &'static str {
    if topic.ends_with(VOIP_SUFFIX) {
        "voip"
    } else {
        "app"
    }
}

/// One DER value with its tag and length.
fn tagged(tag: u8, content: &[u8]) -> Vec<u8> {
    let length = content.len().to_be_bytes();
    let significant: Vec<u8> = length.into_iter().skip_while(|byte| *byte == 0).collect();
    let mut der = vec![tag];
    match significant.as_slice() {
        [] => der.push(0),
        [short @ ..0x80] => der.push(*short),
        long => {
            // At most 8 bytes of length, so the count fits.
            der.push(0x80 | u8::try_from(long.len()).unwrap_or_default());
            der.extend_from_slice(long);
        }
    }
    der.extend_from_slice(content);
    der
}

fn read_topics(der: &[u8]) -> Vec<String> {
    let mut topics = Vec::new();
    let mut rest = Any::from_der(der)
        .map(|(_, sequence)| sequence.data)
        .unwrap_or_default();
    while let Ok((next, item)) = Any::from_der(rest) {
        if item.tag() == Tag::Utf8String {
            topics.push(String::from_utf8_lossy(item.data).into_owned());
        }
        rest = next;
    }
    topics
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_from_128_on_take_the_long_form() {
        assert_eq!(tagged(4, &[0; 127]).get(..2), Some([4, 127].as_slice()));
        assert_eq!(
            tagged(4, &[0; 128]).get(..3),
            Some([4, 0x81, 128].as_slice())
        );
        assert_eq!(
            tagged(4, &[0; 300]).get(..4),
            Some([4, 0x82, 1, 44].as_slice())
        );
    }
}
