#!/bin/sh
# The kiosk on a Raspberry Pi with Raspberry Pi OS Lite (Debian 12 or newer) and a screen on HDMI. Run it as root:
#
#   matomo-tui examples kiosk-raspberry-pi.sh > kiosk.sh
#   sudo sh kiosk.sh https://matomo.example /path/to/the/clone/of/matomo-tui
#
# It may be run again: to change the address, or to install a newer version.

set -eu

url=${1:?"give the address of your Matomo, then the folder with the clone of matomo-tui"}
clone=${2:?"give the folder with the clone of matomo-tui"}
home=/home/kiosk
token=$home/.config/matomo-tui/token

# 1. The program, for all users, in an environment of its own.
apt-get update
apt-get install --yes pipx console-setup
PIPX_HOME=/opt/pipx PIPX_BIN_DIR=/usr/local/bin pipx install --force "$clone"

# 2. A user who can do nothing else, with the token in a file that only he reads. View access is enough.
id kiosk >/dev/null 2>&1 || useradd --create-home --shell /usr/sbin/nologin kiosk
install --directory --owner kiosk --group kiosk --mode 700 "$home/.config" "$home/.config/matomo-tui"
if [ ! -s "$token" ]; then
    printf 'Token (it is not shown): '
    stty -echo
    read -r secret
    stty echo
    printf '\n'
    (umask 077 && printf '%s\n' "$secret" >"$token")
    chown kiosk:kiosk "$token"
fi
printf 'MATOMO_URL=%s\n' "$url" >/etc/default/matomo-tui-kiosk

# 3. Letters of 16 by 32 dots: 120 columns by 33 rows on a screen of 1920 by 1080, which is read from three metres.
cat >/etc/default/console-setup <<'SETUP'
ACTIVE_CONSOLES="/dev/tty[1-6]"
CHARMAP="UTF-8"
CODESET="guess"
FONTFACE="Terminus"
FONTSIZE="16x32"
SETUP
setupcon --save-only

# 4. A screen that never blanks, and no messages of the kernel on it.
for file in /boot/firmware/cmdline.txt /boot/cmdline.txt; do
    if [ -f "$file" ] && ! grep -q consoleblank "$file"; then
        sed -i '1 s/$/ consoleblank=0 quiet vt.global_cursor_default=0/' "$file"
    fi
done

# 5. The kiosk on the first console, from now on and after each boot.
matomo-tui examples kiosk@.service >/etc/systemd/system/kiosk@.service
systemctl daemon-reload
systemctl enable kiosk@tty1.service
systemctl restart kiosk@tty1.service

echo "The kiosk runs on tty1. A reboot applies the larger letters: sudo reboot"
