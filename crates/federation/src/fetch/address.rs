//! Which addresses may be connected to: an allow-list of global unicast, nothing else (C080–C085).

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use url::{Host, Url};

/// Whether a connection to this address is allowed. `insecure` (development and tests) adds loopback.
pub fn allowed(address: IpAddr, insecure: bool) -> bool {
    match address {
        IpAddr::V4(v4) => is_global_v4(v4) || (insecure && v4.is_loopback()),
        IpAddr::V6(v6) => is_global_v6(v6) || (insecure && v6.is_loopback()),
    }
}

/// The IANA special-purpose registry (RFC 6890 and successors) has nothing else that is global.
fn is_global_v4(address: Ipv4Addr) -> bool {
    let [a, b, c, _] = address.octets();
    let special = matches!(
        (a, b, c),
        (0 | 10 | 127 | 224..=255, _, _)
            | (100, 64..=127, _)
            | (169, 254, _)
            | (172, 16..=31, _)
            | (192, 168, _)
            | (192, 0, 0 | 2)
            | (192, 31, 196)
            | (192, 52, 193)
            | (192, 88, 99)
            | (192, 175, 48)
            | (198, 18 | 19, _)
            | (198, 51, 100)
            | (203, 0, 113)
    );
    !special
}

/// Only `2000::/3`, and of it not what carries other addresses or is for documents. What maps IPv4
/// (`::ffff:0:0/96`, `64:ff9b::/96`), unique-local, link-local and site-local lie outside.
fn is_global_v6(address: Ipv6Addr) -> bool {
    let [a, b, ..] = address.segments();
    let unicast = (0x2000..=0x3fff).contains(&a);
    // 2001::/23: Teredo, ORCHID, benchmarking and other protocol assignments.
    let protocols = a == 0x2001 && b < 0x0200;
    let documents = (a == 0x2001 && b == 0x0db8) || (a == 0x3fff && b < 0x1000);
    let six_to_four = a == 0x2002;
    let six_bone = a == 0x3ffe;
    unicast && !protocols && !documents && !six_to_four && !six_bone
}

/// Whether this URL may be asked at all, before any name is resolved.
pub fn url_allowed(url: &Url, insecure: bool) -> bool {
    let plain = url.username().is_empty() && url.password().is_none();
    let scheme = url.scheme() == "https" || (insecure && url.scheme() == "http");
    let port = insecure || url.port().is_none();
    let host = match url.host() {
        Some(Host::Ipv4(v4)) => allowed(IpAddr::V4(v4), insecure),
        Some(Host::Ipv6(v6)) => allowed(IpAddr::V6(v6), insecure),
        // A name without a dot is one of the local network.
        Some(Host::Domain(name)) => insecure || name.trim_end_matches('.').contains('.'),
        None => false,
    };
    // Plain http is for development on one machine only.
    let local = url.scheme() != "http" || is_loopback_name(url);
    plain && scheme && port && host && local
}

/// Whether the URL names this machine.
pub fn is_loopback_name(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(v4)) => v4.is_loopback(),
        Some(Host::Ipv6(v6)) => v6.is_loopback(),
        Some(Host::Domain(name)) => {
            let name = name.trim_end_matches('.');
            name == "localhost" || name.ends_with(".localhost")
        }
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_global_unicast_addresses_are_connected_to() {
        for bad in [
            "0.0.0.0",
            "10.1.2.3",
            "100.64.0.1",
            "127.0.0.1",
            "127.9.9.9",
            "169.254.169.254",
            "172.16.0.1",
            "172.31.255.255",
            "192.0.0.8",
            "192.0.2.1",
            "192.88.99.1",
            "192.168.1.1",
            "198.18.0.1",
            "198.19.255.255",
            "198.51.100.7",
            "203.0.113.9",
            "224.0.0.1",
            "239.255.255.255",
            "240.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "::127.0.0.1",
            "::ffff:127.0.0.1",
            "::ffff:8.8.8.8",
            "64:ff9b::7f00:1",
            "64:ff9b:1::1",
            "2002:7f00:1::",
            "2001::1",
            "2001:10::1",
            "2001:20::1",
            "2001:db8::1",
            "3fff::1",
            "3fff:fff::1",
            "fc00::1",
            "fdff::1",
            "fe80::1",
            "fec0::1",
            "ff02::1",
            "100::1",
            "5f00::1",
        ] {
            let address: IpAddr = bad.parse().unwrap();
            assert!(!allowed(address, false), "{bad}");
        }
        for good in ["8.8.8.8", "1.1.1.1", "172.32.0.1", "100.128.0.1", "2606:4700::1111", "2a00:1450::1", "2001:4860:4860::8888"]
        {
            let address: IpAddr = good.parse().unwrap();
            assert!(allowed(address, false), "{good}");
        }
    }

    #[test]
    fn the_development_switch_adds_loopback_and_nothing_else() {
        for (text, expected) in
            [("127.0.0.1", true), ("::1", true), ("10.0.0.1", false), ("169.254.169.254", false), ("::ffff:127.0.0.1", false)]
        {
            let address: IpAddr = text.parse().unwrap();
            assert_eq!(allowed(address, true), expected, "{text}");
        }
    }

    #[test]
    fn urls_are_checked_before_a_name_is_resolved() {
        for bad in [
            "http://v.test/",
            "ftp://v.test/",
            "file:///etc/passwd",
            "https://u:p@v.test/",
            "https://v.test:22/",
            "https://127.0.0.1/",
            "https://[::1]/",
            "https://[::ffff:127.0.0.1]/",
            "https://2130706433/",
            "https://0x7f.1/",
            "https://017700000001/",
            "https://localhost/",
            "https://metadata/",
            "data:text/plain,x",
        ] {
            assert!(!url_allowed(&Url::parse(bad).unwrap(), false), "{bad}");
        }
        assert!(url_allowed(&Url::parse("https://v.test/a?b").unwrap(), false));
        for (text, expected) in [
            ("http://localhost:3000/", true),
            ("http://127.0.0.1:3000/", true),
            ("http://v.test/", false),
            ("https://v.test:8443/", true),
            ("http://10.0.0.1/", false),
        ] {
            assert_eq!(url_allowed(&Url::parse(text).unwrap(), true), expected, "{text}");
        }
    }
}
