//! A place on disk that can be filled and emptied again.
//!
//! A file system of its own where one may be mounted (as root). Elsewhere the test runs again in a process of its own,
//! whose files the kernel keeps from growing. Either way it is the kernel that refuses to write.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;
use tempfile::TempDir;

/// Bytes of a mounted file system.
const SIZE: u64 = 6 * 1024 * 1024;
/// Says that this process is one whose files may be kept from growing.
const ALONE: &str = "GUILDHALL_TEST_ALONE";

/// A small disk. Gone when this is dropped.
#[derive(Debug)]
pub struct Disk {
    folder: TempDir,
    mounted: bool,
}

impl Disk {
    /// With room on it. `None`: the test went on in a process of its own, and succeeded there.
    pub fn new(test: &str) -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        let size = format!("size={SIZE}");
        let mount = Command::new("mount").args(["-t", "tmpfs", "-o", &size, "guildhall-test"]).arg(folder.path()).output();
        if mount.is_ok_and(|done| done.status.success()) {
            return Some(Self { folder, mounted: true });
        }
        if alone() {
            limit(&SIZE.to_string());
            return Some(Self { folder, mounted: false });
        }
        // A shell, because a process that has begun cannot say any more what a full disk means to it.
        let again = Command::new("sh")
            .args(["-c", "trap '' XFSZ; exec \"$0\" \"$1\" --exact --nocapture --test-threads 1"])
            .arg(std::env::current_exe().unwrap())
            .arg(test)
            .env(ALONE, "yes")
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&again.stdout).into_owned() + &String::from_utf8_lossy(&again.stderr);
        assert!(again.status.success() && said.contains("1 passed"), "{said}");
        None
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Leaves no room.
    pub fn fill(&self) {
        if self.mounted {
            let mut ballast = std::fs::File::create(self.ballast()).unwrap();
            let block = [7; 4_096];
            while ballast.write_all(&block).is_ok() {}
            let _ = ballast.sync_all();
        } else {
            limit("1");
        }
    }

    /// Makes room again.
    pub fn free(&self) {
        if self.mounted { std::fs::remove_file(self.ballast()).unwrap() } else { limit(&SIZE.to_string()) }
    }

    fn ballast(&self) -> PathBuf {
        self.path().join("ballast")
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        if self.mounted {
            // Lazily: what is open on it closes in its own time.
            let _ = Command::new("umount").arg("-l").arg(self.path()).status();
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "set by this process for its own child")]
fn alone() -> bool {
    std::env::var(ALONE).is_ok()
}

/// How large files of this process may become, in bytes; what may be set later stays as it is.
fn limit(bytes: &str) {
    let done = Command::new("prlimit").arg(format!("--pid={}", std::process::id())).arg(format!("--fsize={bytes}:")).status();
    assert!(done.is_ok_and(|status| status.success()), "prlimit (util-linux) is needed where nothing can be mounted");
}
