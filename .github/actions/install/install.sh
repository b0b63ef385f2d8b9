#!/usr/bin/env bash
# Puts a released bkdel on the job's PATH: downloads the archive for this runner, and takes it only if its digest is the
# published one and its attestation says that this project's release workflow built it.
#
# From the environment: VERSION, GH_TOKEN, RUNNER_OS, RUNNER_ARCH, RUNNER_TEMP, GITHUB_PATH. Needs gh, which GitHub's own
# runners have.
set -euo pipefail

repository=bkdel/bkdel
fail() {
    printf '::error title=bkdel::%s\n' "$1"
    exit 2
}

[[ "$VERSION" =~ ^[0-9]+\.[0-9]+\.[0-9]+(-[0-9A-Za-z.-]+)?$ ]] || fail 'the input "version" is no version such as 0.1.0'
case "$RUNNER_OS-$RUNNER_ARCH" in
Linux-X64) target=x86_64-unknown-linux-musl ;;
Linux-ARM64) target=aarch64-unknown-linux-musl ;;
macOS-X64) target=x86_64-apple-darwin ;;
macOS-ARM64) target=aarch64-apple-darwin ;;
Windows-X64) target=x86_64-pc-windows-msvc ;;
*) fail "there is no bkdel for $RUNNER_OS on $RUNNER_ARCH; build one, and give its path as the input \"bkdel\"" ;;
esac
name="bkdel-$VERSION-$target"
case "$RUNNER_OS" in
Windows) archive="$name.zip" ;;
*) archive="$name.tar.gz" ;;
esac

folder="$RUNNER_TEMP/bkdel-$VERSION"
rm -rf "$folder"
mkdir -p "$folder"
cd "$folder"
gh release download "v$VERSION" --repo "$repository" --pattern "$archive" --pattern SHA256SUMS
# Exactly this archive's line; a missing one is no success.
awk -v name="$archive" '$2 == name' SHA256SUMS >wanted
[ -s wanted ] || fail "SHA256SUMS does not have $archive"
if command -v sha256sum >/dev/null; then
    sha256sum --check wanted
else
    shasum -a 256 --check wanted
fi
gh attestation verify "$archive" --repo "$repository" --signer-workflow "$repository/.github/workflows/release.yml"
case "$archive" in
*.zip) unzip -q "$archive" ;;
*) tar -xzf "$archive" ;;
esac
printf '%s\n' "$folder/$name" >>"$GITHUB_PATH"
