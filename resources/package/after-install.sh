#!/bin/sh
# After the app was installed or updated. Data of users is in their own folders, and is never touched.
set -e
# Into a folder (dpkg --root): nothing of the running system is changed.
[ -z "$DPKG_ROOT" ] || exit 0

app='/opt/${sanitizedProductName}'

# Chromium's sandbox: by user namespaces where the kernel has them, else by a helper that may do what root may.
if unshare --user true 2>/dev/null; then
  chmod 0755 "$app/chrome-sandbox"
else
  chmod 4755 "$app/chrome-sandbox"
fi

# Ubuntu from 24.04 on lets a program have user namespaces only if a profile says so; older ones do not know such profiles.
profile="$app/resources/apparmor-profile"
if command -v apparmor_parser >/dev/null && apparmor_parser --skip-kernel-load "$profile" >/dev/null 2>&1; then
  cp "$profile" '/etc/apparmor.d/${executable}'
  apparmor_parser --replace --write-cache --skip-read-cache '/etc/apparmor.d/${executable}' || true
fi

if command -v update-mime-database >/dev/null; then update-mime-database /usr/share/mime || true; fi
if command -v update-desktop-database >/dev/null; then update-desktop-database -q /usr/share/applications || true; fi
if command -v gtk-update-icon-cache >/dev/null; then gtk-update-icon-cache -q /usr/share/icons/hicolor || true; fi
