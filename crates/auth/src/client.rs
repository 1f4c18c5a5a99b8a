//! Which address a request really comes from.

use axum::extract::ConnectInfo;
use http::{Extensions, HeaderMap};
use ipnet::IpNet;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

/// The reverse proxies whose `X-Forwarded-For` is believed.
#[derive(Debug, Clone, Default)]
pub(crate) struct TrustedProxies(Vec<IpNet>);

impl TrustedProxies {
    /// Reads addresses and networks; gives back the one that is neither.
    pub fn parse(words: &[String]) -> Result<Self, String> {
        let read = |word: &String| {
            let word = word.trim();
            word.parse::<IpNet>().ok().or_else(|| word.parse::<IpAddr>().ok().map(IpNet::from)).ok_or_else(|| word.to_owned())
        };
        words.iter().filter(|word| !word.trim().is_empty()).map(read).collect::<Result<_, _>>().map(Self)
    }

    fn trusts(&self, address: IpAddr) -> bool {
        self.0.iter().any(|net| net.contains(&address))
    }

    /// The connection's other end; behind trusted proxies, the last address that none of them is.
    /// What stands further left was written by the client itself.
    pub fn client(&self, headers: &HeaderMap, extensions: &Extensions) -> IpAddr {
        let peer = extensions.get::<ConnectInfo<SocketAddr>>().map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |info| info.0.ip());
        let peer = peer.to_canonical();
        if self.0.is_empty() || !self.trusts(peer) {
            return peer;
        }
        let mut nearest = peer;
        let lines = headers.get_all("x-forwarded-for").iter().rev().filter_map(|line| line.to_str().ok());
        for word in lines.flat_map(|line| line.rsplit(',')) {
            let Ok(address) = word.trim().parse::<IpAddr>() else { break };
            nearest = address.to_canonical();
            if !self.trusts(nearest) {
                break;
            }
        }
        nearest
    }
}

/// One household or server has one IPv4 address, or a whole /64 of IPv6.
pub(crate) fn household(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V4(_) => address,
        IpAddr::V6(six) => IpAddr::V6(Ipv6Addr::from_bits(six.to_bits() & (u128::MAX << 64))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderValue;

    fn seen(peer: &str, forwarded: Option<&str>) -> String {
        let proxies = TrustedProxies::parse(&["10.0.0.0/8".to_owned(), "::1".to_owned()]).unwrap();
        let mut extensions = Extensions::new();
        extensions.insert(ConnectInfo(SocketAddr::new(peer.parse().unwrap(), 1)));
        let mut headers = HeaderMap::new();
        if let Some(forwarded) = forwarded {
            headers.insert("x-forwarded-for", HeaderValue::from_str(forwarded).unwrap());
        }
        proxies.client(&headers, &extensions).to_string()
    }

    #[test]
    fn only_a_trusted_proxy_is_believed_and_only_for_its_own_part() {
        assert_eq!(seen("192.0.2.1", Some("198.51.100.9")), "192.0.2.1");
        assert_eq!(seen("10.0.0.1", Some("198.51.100.9")), "198.51.100.9");
        assert_eq!(seen("10.0.0.1", Some("203.0.113.5, 198.51.100.9, 10.2.2.2")), "198.51.100.9");
        assert_eq!(seen("10.0.0.1", Some("nonsense")), "10.0.0.1");
        assert_eq!(seen("10.0.0.1", None), "10.0.0.1");
        assert_eq!(seen("::ffff:10.0.0.1", Some("198.51.100.9")), "198.51.100.9");
    }

    #[test]
    fn what_is_no_address_is_named() {
        assert_eq!(TrustedProxies::parse(&["10.0.0.0/99".to_owned()]).unwrap_err(), "10.0.0.0/99");
    }
}
