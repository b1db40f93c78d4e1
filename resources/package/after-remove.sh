#!/bin/sh
# After the app was removed. Data of users is in their own folders, and stays.
set -e
# An update, as dpkg and rpm say it: the new version is there already.
case "$1" in upgrade | failed-upgrade | abort-install | abort-upgrade | 1) exit 0 ;; esac
[ -z "$DPKG_ROOT" ] || exit 0

if [ -f '/etc/apparmor.d/${executable}' ]; then
  if command -v apparmor_parser >/dev/null; then apparmor_parser --remove '/etc/apparmor.d/${executable}' || true; fi
  rm -f '/etc/apparmor.d/${executable}'
fi
if command -v update-mime-database >/dev/null; then update-mime-database /usr/share/mime || true; fi
if command -v update-desktop-database >/dev/null; then update-desktop-database -q /usr/share/applications || true; fi
