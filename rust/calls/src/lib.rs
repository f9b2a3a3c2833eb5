//! The rules of the gateway about calls, invitations and devices, without IO: the gateway and the kit use them.
#![forbid(unsafe_code)]
