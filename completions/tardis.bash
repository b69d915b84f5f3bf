# bash completion for the programs of Tardis.
# Made from the table of options by tools/generate.py; do not edit.

# _tardis_options SCOPE: the options of a program, or of a program and its command.
_tardis_options() {
    case $1 in
    "tardis") echo "--help -h --version --check-config --no-check-config --config --job --all-jobs --no-all-jobs --server -s --port -p --timeout --bandwidth --ssl --no-ssl --pin --local --no-local --local-server-cmd --compress-msgs -C --exclusive --no-exclusive --client --database --dbname -N --dbdir -Y --create --no-create --name -n --priority --hourly -H --no-hourly --daily -D --no-daily --weekly -W --no-weekly --monthly -M --no-monthly --force --no-force --full --no-full --scheme --send-config -S --no-send-config --purge --no-purge --purge-priority --keep-days --keep-hours --keep-time --maxdepth -d --crossdevice --no-crossdevice --basepath --allow-empty --no-allow-empty --xattr --no-xattr --acl --no-acl --racy-window --exclude -x --exclude-file -X --exclude-dir --ignore-global-excludes --no-ignore-global-excludes --exclude-file-name --local-exclude-file-name --skip-file-name --exclude-no-access --no-exclude-no-access --cvs-ignore --no-cvs-ignore --skip-caches --no-skip-caches --dry-run --no-dry-run --explain --json --no-json --compress-data -Z --compress-min --nocompress-types --nocompress -z --cks-content --password -P --password-file -F --password-prog --slot --kdf --crypt --no-crypt --keys --min-interval --on-ac-only --no-on-ac-only --retry --retry-wait --pre-command --post-command --json-file --snapshot --snapshot-size --notify-command --notify-mail --notify-from --notify-smtp --notify-password-file --notify-webhook --stale-after --stats --no-stats --report --no-report --progress --no-progress --verbose -v --log -l --logtime --no-logtime --exceptions --no-exceptions --debug --no-debug" ;;
    "tardisd") echo "--help -h --version --check-config --no-check-config --json --no-json --config --port -p --bind --local --single --no-single --timeout --bandwidth --reuseaddr --no-reuseaddr --threads --no-threads --ssl --no-ssl --certfile --keyfile --make-certificate --allow-new-hosts --no-allow-new-hosts --allow-open --no-allow-open --max-backups --low-memory --no-low-memory --require-password --no-require-password --save-config --no-save-config --rights --database --basedir -D --dbdir -Y --dbname -N --schema --journal -j --umask --skip-file-name --dbbackups --vacuum-interval --max-delta-chain --max-change-percent --save-full --no-save-full --formats --priorities --keep-periods --keep-named --autopurge --no-autopurge --min-free-space --notify-command --notify-mail --notify-from --notify-smtp --notify-password-file --notify-webhook --stale-after --alarm-free-space --alarm-every --verbose -v --logfile -l --logcfg --exceptions --no-exceptions --profile --no-profile --daemon --no-daemon --user --group --pidfile" ;;
    "regenerate") echo "--help -h --version --config --job --verbose -v --exceptions --no-exceptions --log --database -D --client -C --dbname -N --dbdir -Y --pin --password -P --password-file -F --password-prog --slot --crypt --no-crypt --keys --backup -b --date -d --last -l --no-last --output -o --checksum -c --no-checksum --recovername --no-recovername --recurse --no-recurse --reduce-path -R --as --overwrite -O --force --no-force --authenticate --no-authenticate --authfail-action --set-times --no-set-times --set-perms --no-set-perms --set-attrs --no-set-attrs --set-acl --no-set-acl --hardlinks --no-hardlinks --jobs --in-place --no-in-place --delete --no-delete --dry-run --no-dry-run --tar --no-tar --zip --no-zip --progress --no-progress" ;;
    "lstardis") echo "--help -h --version --config --job --verbose -v --exceptions --no-exceptions --log --database -D --client -C --dbname -N --dbdir -Y --pin --password -P --password-file -F --password-prog --slot --crypt --no-crypt --keys --long -l --no-long --hidden -a --no-hidden --reverse -r --no-reverse --annotate -f --no-annotate --size -s --no-size --human -H --no-human --dirinfo -d --no-dirinfo --checksums -c --no-checksums --chainlen -L --no-chainlen --inode -i --no-inode --versions -V --deletions --no-deletions --broken --no-broken --oneline -O --no-oneline --times -T --no-times --metadata -M --no-metadata --headers --no-headers --colors --no-colors --columns --recurse -R --no-recurse --maxdepth --glob --no-glob --reduce --realpath --no-realpath --range --dates --json --no-json --print0 --no-print0 --bisect" ;;
    "tardiff") echo "--help -h --version --config --job --verbose -v --exceptions --no-exceptions --log --database -D --client -C --dbname -N --dbdir -Y --pin --password -P --password-file -F --password-prog --slot --crypt --no-crypt --keys --backup -b --color --no-color --unified -u --context -c --ndiff -n --no-ndiff --reduce-path -R --binary -B --no-binary --recurse -r --no-recurse --list -l --no-list --stat --no-stat" ;;
    "sonic") echo "--help -h --version --config --job --verbose -v --exceptions --no-exceptions --log" ;;
    "sonic create") echo "--help -h --database -D --client -C --dbname -N --dbdir -Y --pin --password -P --password-file -F --password-prog --slot --crypt --no-crypt --keys --schema --scheme --kdf --json --no-json" ;;
    "sonic setpass") echo "--help -h --database -D --client -C --dbname -N --dbdir -Y --pin --password -P --password-file -F --password-prog --slot --crypt --no-crypt --keys --kdf --json --no-json" ;;
    "sonic chpass") echo "--help -h --database -D --client -C --dbname -N --dbdir -Y --pin --password -P --password-file -F --password-prog --slot --crypt --no-crypt --keys --kdf --newpassword --newpassword-file --newpassword-prog --json --no-json" ;;
    "sonic keys") echo "--help -h --database -D --client -C --dbname -N --dbdir -Y --pin --password -P --password-file -F --password-prog --slot --crypt --no-crypt --keys --kdf --newpassword --newpassword-file --newpassword-prog --list --no-list --add --remove --extract --insert --delete --no-delete --sheet --page --renew-login --no-renew-login --confirm --no-confirm --json --no-json" ;;
    "sonic rotate-keys") echo "--help -h --database -D --client -C --dbname -N --dbdir -Y --pin --password -P --password-file -F --password-prog --slot --crypt --no-crypt --keys --kdf --newpassword --newpassword-file --newpassword-prog --reencrypt --no-reencrypt --confirm --no-confirm --dry-run -n --no-dry-run --json --no-json" ;;
    "sonic decrypt-names") echo "--help -h --database -D --client -C --dbname -N --dbdir -Y --pin --password -P --password-file -F --password-prog --slot --crypt --no-crypt --keys --encrypt -e --no-encrypt --quiet -q --no-quiet --json --no-json" ;;
    "sonic fingerprints") echo "--help -h --database -D --client -C --dbname -N --dbdir -Y --pin --password -P --password-file -F --password-prog --slot --crypt --no-crypt --keys --json --no-json" ;;
    "sonic list") echo "--help -h --database -D --client -C --dbname -N --dbdir -Y --pin --password -P --password-file -F --password-prog --slot --crypt --no-crypt --keys --long -l --no-long --json --no-json" ;;
    "sonic files") echo "--help -h --database -D --client -C --dbname -N --dbdir -Y --pin --password -P --password-file -F --password-prog --slot --crypt --no-crypt --keys --backup -b --date -d --long -l --no-long --fullpath -f --no-fullpath --previous --no-previous --dirs --no-dirs --status --no-status --human -H --no-human --checksums -c --no-checksums --chainlen -L --no-chainlen --inode -i --no-inode --json --no-json" ;;
    "sonic info") echo "--help -h --database -D --client -C --dbname -N --dbdir -Y --pin --password -P --password-file -F --password-prog --slot --crypt --no-crypt --keys --backup -b --date -d --json --no-json" ;;
    "sonic find") echo "--help -h --database -D --client -C --dbname -N --dbdir -Y --pin --password -P --password-file -F --password-prog --slot --crypt --no-crypt --keys --newer --older --larger --smaller --json --no-json" ;;
    "sonic tag") echo "--help -h --database -D --client -C --dbname -N --dbdir -Y --pin --password -P --password-file -F --password-prog --slot --crypt --no-crypt --keys --backup -b --date -d --remove -r --no-remove --move -m --no-move --json --no-json" ;;
    "sonic purge") echo "--help -h --database -D --client -C --dbname -N --dbdir -Y --pin --password -P --password-file -F --password-prog --slot --crypt --no-crypt --keys --backup -b --date -d --priority --incomplete --no-incomplete --formats --keep-periods --keep-named --min-free-space --confirm --no-confirm --dry-run -n --no-dry-run --json --no-json" ;;
    "sonic delete") echo "--help -h --database -D --client -C --dbname -N --dbdir -Y --pin --password -P --password-file -F --password-prog --slot --crypt --no-crypt --keys --confirm --no-confirm --dry-run -n --no-dry-run --json --no-json" ;;
    "sonic check") echo "--help -h --database -D --client -C --dbname -N --dbdir -Y --pin --password -P --password-file -F --password-prog --slot --crypt --no-crypt --keys --read-data --read-rate --jobs --anew --no-anew --auth --no-auth --json --no-json --progress --no-progress" ;;
    "sonic repair") echo "--help -h --database -D --client -C --dbname -N --dbdir -Y --pin --password -P --password-file -F --password-prog --slot --crypt --no-crypt --keys --read-data --read-rate --jobs --anew --no-anew --confirm --no-confirm --dry-run -n --no-dry-run --json --no-json --progress --no-progress" ;;
    "sonic orphans") echo "--help -h --database -D --client -C --dbname -N --dbdir -Y --pin --password -P --password-file -F --password-prog --slot --crypt --no-crypt --keys --dry-run -n --no-dry-run --json --no-json" ;;
    "sonic lock") echo "--help -h --database -D --client -C --dbname -N --dbdir -Y --pin --password -P --password-file -F --password-prog --slot --crypt --no-crypt --keys --json --no-json" ;;
    "sonic unlock") echo "--help -h --database -D --client -C --dbname -N --dbdir -Y --pin --password -P --password-file -F --password-prog --slot --crypt --no-crypt --keys --json --no-json" ;;
    "sonic getconfig") echo "--help -h --database -D --client -C --dbname -N --dbdir -Y --pin --password -P --password-file -F --password-prog --slot --crypt --no-crypt --keys --key --sys --no-sys --formats --priorities --keep-periods --keep-named --autopurge --no-autopurge --save-full --no-save-full --max-delta-chain --max-change-percent --save-config --no-save-config --vacuum-interval --json --no-json" ;;
    "sonic setconfig") echo "--help -h --database -D --client -C --dbname -N --dbdir -Y --pin --password -P --password-file -F --password-prog --slot --crypt --no-crypt --keys --key --value --reset --no-reset --formats --priorities --keep-periods --keep-named --autopurge --no-autopurge --save-full --no-save-full --max-delta-chain --max-change-percent --save-config --no-save-config --vacuum-interval --json --no-json" ;;
    "sonic rights") echo "--help -h --database -D --client -C --dbname -N --dbdir -Y --pin --password -P --password-file -F --password-prog --slot --crypt --no-crypt --keys --grant --revoke --reset --no-reset --rights --json --no-json" ;;
    "sonic quota") echo "--help -h --database -D --client -C --dbname -N --dbdir -Y --pin --password -P --password-file -F --password-prog --slot --crypt --no-crypt --keys --bytes --files --json --no-json" ;;
    "sonic status") echo "--help -h --database -D --client -C --dbname -N --dbdir -Y --pin --password -P --password-file -F --password-prog --slot --crypt --no-crypt --keys --max-age --json --no-json" ;;
    "sonic acknowledge") echo "--help -h --database -D --client -C --dbname -N --dbdir -Y --pin --password -P --password-file -F --password-prog --slot --crypt --no-crypt --keys --json --no-json" ;;
    "sonic priority") echo "--help -h --database -D --client -C --dbname -N --dbdir -Y --pin --password -P --password-file -F --password-prog --slot --crypt --no-crypt --keys --backup -b --date -d --priority --json --no-json" ;;
    "sonic rename") echo "--help -h --database -D --client -C --dbname -N --dbdir -Y --pin --password -P --password-file -F --password-prog --slot --crypt --no-crypt --keys --backup -b --date -d --name --json --no-json" ;;
    "sonic recover") echo "--help -h --database -D --client -C --dbname -N --dbdir -Y --pin --password -P --password-file -F --password-prog --slot --crypt --no-crypt --keys --schema --confirm --no-confirm --dry-run -n --no-dry-run --json --no-json" ;;
    "sonic upgrade") echo "--help -h --database -D --client -C --dbname -N --dbdir -Y --pin --password -P --password-file -F --password-prog --slot --crypt --no-crypt --keys --dry-run -n --no-dry-run --json --no-json" ;;
    "sonic replicate") echo "--help -h --database -D --client -C --dbname -N --dbdir -Y --pin --password -P --password-file -F --password-prog --slot --crypt --no-crypt --keys --to --json --no-json" ;;
    "sonic forget") echo "--help -h --database -D --client -C --dbname -N --dbdir -Y --pin --password -P --password-file -F --password-prog --slot --crypt --no-crypt --keys --confirm --no-confirm --dry-run -n --no-dry-run --json --no-json" ;;
    "sonic encrypt") echo "--help -h --database -D --client -C --dbname -N --dbdir -Y --pin --password -P --password-file -F --password-prog --slot --crypt --no-crypt --keys --names --no-names --dirs --no-dirs --files --no-files --sigs --no-sigs --meta --no-meta --all --no-all --confirm --no-confirm --dry-run -n --no-dry-run --json --no-json" ;;
    "sonic drill") echo "--help -h --database -D --client -C --dbname -N --dbdir -Y --pin --password -P --password-file -F --password-prog --slot --crypt --no-crypt --keys --backup -b --date -d --files --scratch --live --no-live --json --no-json" ;;
    "tardisfs") echo "--help -h --version --config --job --verbose -v --exceptions --no-exceptions --log --database -D --client -C --dbname -N --dbdir -Y --pin --password -P --password-file -F --password-prog --slot --crypt --no-crypt --keys -o --foreground -f --no-foreground --debug -d --no-debug --single -s --no-single --repoint --no-repoint --cachetime --auth --no-auth --current" ;;
    "tardisremote") echo "--help -h --version --check-config --no-check-config --json --no-json --config --port -p --bind --ssl --no-ssl --certfile --keyfile --make-certificate --compress --no-compress --cache --no-cache --metrics-token-file --request-rate --allow-open --no-allow-open --require-password --no-require-password --rights --database --basedir -D --dbdir -Y --dbname -N --journal -j --umask --dbbackups --daemon-config --verbose -v --logfile -l --exceptions --no-exceptions --daemon --no-daemon --user --group --pidfile" ;;
    esac
}

# _tardis_value SCOPE OPTION: what must follow the option, nothing if nothing must.
_tardis_value() {
    case "$1 $2" in
    "tardis --config"|"tardis --exclude-file"|"tardis -X"|"tardis --explain"|"tardis --nocompress-types"|"tardis --password-file"|"tardis -F"|"tardis --keys"|"tardis --json-file"|"tardis --notify-password-file") echo "file" ;;
    "tardis --job"|"tardis --server"|"tardis -s"|"tardis --port"|"tardis -p"|"tardis --timeout"|"tardis --bandwidth"|"tardis --pin"|"tardis --local-server-cmd"|"tardis --client"|"tardis --dbname"|"tardis -N"|"tardis --name"|"tardis -n"|"tardis --priority"|"tardis --purge-priority"|"tardis --keep-days"|"tardis --keep-hours"|"tardis --keep-time"|"tardis --maxdepth"|"tardis -d"|"tardis --racy-window"|"tardis --exclude"|"tardis -x"|"tardis --exclude-file-name"|"tardis --local-exclude-file-name"|"tardis --skip-file-name"|"tardis --compress-min"|"tardis --nocompress"|"tardis -z"|"tardis --password-prog"|"tardis --slot"|"tardis --min-interval"|"tardis --retry"|"tardis --retry-wait"|"tardis --pre-command"|"tardis --post-command"|"tardis --snapshot-size"|"tardis --notify-command"|"tardis --notify-mail"|"tardis --notify-from"|"tardis --notify-smtp"|"tardis --notify-webhook"|"tardis --stale-after") echo "any" ;;
    "tardis --database"|"tardis --dbdir"|"tardis -Y"|"tardis --exclude-dir") echo "folder" ;;
    "tardis --scheme") echo "modern classic" ;;
    "tardis --basepath") echo "none common full" ;;
    "tardis --kdf") echo "usual low strong" ;;
    "tardis --snapshot") echo "none auto btrfs lvm zfs" ;;
    "tardisd --config"|"tardisd --local"|"tardisd --certfile"|"tardisd --keyfile"|"tardisd --schema"|"tardisd --notify-password-file"|"tardisd --logfile"|"tardisd -l"|"tardisd --logcfg"|"tardisd --pidfile") echo "file" ;;
    "tardisd --port"|"tardisd -p"|"tardisd --bind"|"tardisd --timeout"|"tardisd --bandwidth"|"tardisd --make-certificate"|"tardisd --max-backups"|"tardisd --rights"|"tardisd --dbname"|"tardisd -N"|"tardisd --journal"|"tardisd -j"|"tardisd --umask"|"tardisd --skip-file-name"|"tardisd --dbbackups"|"tardisd --vacuum-interval"|"tardisd --max-delta-chain"|"tardisd --max-change-percent"|"tardisd --formats"|"tardisd --priorities"|"tardisd --keep-periods"|"tardisd --keep-named"|"tardisd --min-free-space"|"tardisd --notify-command"|"tardisd --notify-mail"|"tardisd --notify-from"|"tardisd --notify-smtp"|"tardisd --notify-webhook"|"tardisd --stale-after"|"tardisd --alarm-free-space"|"tardisd --alarm-every"|"tardisd --user"|"tardisd --group") echo "any" ;;
    "tardisd --basedir"|"tardisd --database"|"tardisd -D"|"tardisd --dbdir"|"tardisd -Y") echo "folder" ;;
    "regenerate --config"|"regenerate --password-file"|"regenerate -F"|"regenerate --keys"|"regenerate --output"|"regenerate -o") echo "file" ;;
    "regenerate --job"|"regenerate --client"|"regenerate -C"|"regenerate --dbname"|"regenerate -N"|"regenerate --pin"|"regenerate --password-prog"|"regenerate --slot"|"regenerate --backup"|"regenerate -b"|"regenerate --date"|"regenerate -d"|"regenerate --as"|"regenerate --jobs") echo "any" ;;
    "regenerate --database"|"regenerate -D"|"regenerate --dbdir"|"regenerate -Y") echo "folder" ;;
    "regenerate --authfail-action") echo "keep rename delete" ;;
    "lstardis --config"|"lstardis --password-file"|"lstardis -F"|"lstardis --keys") echo "file" ;;
    "lstardis --job"|"lstardis --client"|"lstardis -C"|"lstardis --dbname"|"lstardis -N"|"lstardis --pin"|"lstardis --password-prog"|"lstardis --slot"|"lstardis --columns"|"lstardis --maxdepth"|"lstardis --range"|"lstardis --dates"|"lstardis --bisect") echo "any" ;;
    "lstardis --database"|"lstardis -D"|"lstardis --dbdir"|"lstardis -Y") echo "folder" ;;
    "lstardis --versions"|"lstardis -V") echo "none change all last" ;;
    "tardiff --config"|"tardiff --password-file"|"tardiff -F"|"tardiff --keys") echo "file" ;;
    "tardiff --job"|"tardiff --client"|"tardiff -C"|"tardiff --dbname"|"tardiff -N"|"tardiff --pin"|"tardiff --password-prog"|"tardiff --slot"|"tardiff --backup"|"tardiff -b") echo "any" ;;
    "tardiff --database"|"tardiff -D"|"tardiff --dbdir"|"tardiff -Y") echo "folder" ;;
    "sonic --config") echo "file" ;;
    "sonic --job") echo "any" ;;
    "sonic create --database"|"sonic create -D"|"sonic create --dbdir"|"sonic create -Y") echo "folder" ;;
    "sonic create --client"|"sonic create -C"|"sonic create --dbname"|"sonic create -N"|"sonic create --pin"|"sonic create --password-prog"|"sonic create --slot") echo "any" ;;
    "sonic create --password-file"|"sonic create -F"|"sonic create --keys"|"sonic create --schema") echo "file" ;;
    "sonic create --scheme") echo "modern classic" ;;
    "sonic create --kdf") echo "usual low strong" ;;
    "sonic setpass --database"|"sonic setpass -D"|"sonic setpass --dbdir"|"sonic setpass -Y") echo "folder" ;;
    "sonic setpass --client"|"sonic setpass -C"|"sonic setpass --dbname"|"sonic setpass -N"|"sonic setpass --pin"|"sonic setpass --password-prog"|"sonic setpass --slot") echo "any" ;;
    "sonic setpass --password-file"|"sonic setpass -F"|"sonic setpass --keys") echo "file" ;;
    "sonic setpass --kdf") echo "usual low strong" ;;
    "sonic chpass --database"|"sonic chpass -D"|"sonic chpass --dbdir"|"sonic chpass -Y") echo "folder" ;;
    "sonic chpass --client"|"sonic chpass -C"|"sonic chpass --dbname"|"sonic chpass -N"|"sonic chpass --pin"|"sonic chpass --password-prog"|"sonic chpass --slot"|"sonic chpass --newpassword-prog") echo "any" ;;
    "sonic chpass --password-file"|"sonic chpass -F"|"sonic chpass --keys"|"sonic chpass --newpassword-file") echo "file" ;;
    "sonic chpass --kdf") echo "usual low strong" ;;
    "sonic keys --database"|"sonic keys -D"|"sonic keys --dbdir"|"sonic keys -Y") echo "folder" ;;
    "sonic keys --client"|"sonic keys -C"|"sonic keys --dbname"|"sonic keys -N"|"sonic keys --pin"|"sonic keys --password-prog"|"sonic keys --slot"|"sonic keys --newpassword-prog"|"sonic keys --add"|"sonic keys --remove") echo "any" ;;
    "sonic keys --password-file"|"sonic keys -F"|"sonic keys --keys"|"sonic keys --newpassword-file"|"sonic keys --sheet"|"sonic keys --page") echo "file" ;;
    "sonic keys --kdf") echo "usual low strong" ;;
    "sonic rotate-keys --database"|"sonic rotate-keys -D"|"sonic rotate-keys --dbdir"|"sonic rotate-keys -Y") echo "folder" ;;
    "sonic rotate-keys --client"|"sonic rotate-keys -C"|"sonic rotate-keys --dbname"|"sonic rotate-keys -N"|"sonic rotate-keys --pin"|"sonic rotate-keys --password-prog"|"sonic rotate-keys --slot"|"sonic rotate-keys --newpassword-prog") echo "any" ;;
    "sonic rotate-keys --password-file"|"sonic rotate-keys -F"|"sonic rotate-keys --keys"|"sonic rotate-keys --newpassword-file") echo "file" ;;
    "sonic rotate-keys --kdf") echo "usual low strong" ;;
    "sonic decrypt-names --database"|"sonic decrypt-names -D"|"sonic decrypt-names --dbdir"|"sonic decrypt-names -Y") echo "folder" ;;
    "sonic decrypt-names --client"|"sonic decrypt-names -C"|"sonic decrypt-names --dbname"|"sonic decrypt-names -N"|"sonic decrypt-names --pin"|"sonic decrypt-names --password-prog"|"sonic decrypt-names --slot") echo "any" ;;
    "sonic decrypt-names --password-file"|"sonic decrypt-names -F"|"sonic decrypt-names --keys") echo "file" ;;
    "sonic fingerprints --database"|"sonic fingerprints -D"|"sonic fingerprints --dbdir"|"sonic fingerprints -Y") echo "folder" ;;
    "sonic fingerprints --client"|"sonic fingerprints -C"|"sonic fingerprints --dbname"|"sonic fingerprints -N"|"sonic fingerprints --pin"|"sonic fingerprints --password-prog"|"sonic fingerprints --slot") echo "any" ;;
    "sonic fingerprints --password-file"|"sonic fingerprints -F"|"sonic fingerprints --keys") echo "file" ;;
    "sonic list --database"|"sonic list -D"|"sonic list --dbdir"|"sonic list -Y") echo "folder" ;;
    "sonic list --client"|"sonic list -C"|"sonic list --dbname"|"sonic list -N"|"sonic list --pin"|"sonic list --password-prog"|"sonic list --slot") echo "any" ;;
    "sonic list --password-file"|"sonic list -F"|"sonic list --keys") echo "file" ;;
    "sonic files --database"|"sonic files -D"|"sonic files --dbdir"|"sonic files -Y") echo "folder" ;;
    "sonic files --client"|"sonic files -C"|"sonic files --dbname"|"sonic files -N"|"sonic files --pin"|"sonic files --password-prog"|"sonic files --slot"|"sonic files --backup"|"sonic files -b"|"sonic files --date"|"sonic files -d") echo "any" ;;
    "sonic files --password-file"|"sonic files -F"|"sonic files --keys") echo "file" ;;
    "sonic info --database"|"sonic info -D"|"sonic info --dbdir"|"sonic info -Y") echo "folder" ;;
    "sonic info --client"|"sonic info -C"|"sonic info --dbname"|"sonic info -N"|"sonic info --pin"|"sonic info --password-prog"|"sonic info --slot"|"sonic info --backup"|"sonic info -b"|"sonic info --date"|"sonic info -d") echo "any" ;;
    "sonic info --password-file"|"sonic info -F"|"sonic info --keys") echo "file" ;;
    "sonic find --database"|"sonic find -D"|"sonic find --dbdir"|"sonic find -Y") echo "folder" ;;
    "sonic find --client"|"sonic find -C"|"sonic find --dbname"|"sonic find -N"|"sonic find --pin"|"sonic find --password-prog"|"sonic find --slot"|"sonic find --newer"|"sonic find --older"|"sonic find --larger"|"sonic find --smaller") echo "any" ;;
    "sonic find --password-file"|"sonic find -F"|"sonic find --keys") echo "file" ;;
    "sonic tag --database"|"sonic tag -D"|"sonic tag --dbdir"|"sonic tag -Y") echo "folder" ;;
    "sonic tag --client"|"sonic tag -C"|"sonic tag --dbname"|"sonic tag -N"|"sonic tag --pin"|"sonic tag --password-prog"|"sonic tag --slot"|"sonic tag --backup"|"sonic tag -b"|"sonic tag --date"|"sonic tag -d") echo "any" ;;
    "sonic tag --password-file"|"sonic tag -F"|"sonic tag --keys") echo "file" ;;
    "sonic purge --database"|"sonic purge -D"|"sonic purge --dbdir"|"sonic purge -Y") echo "folder" ;;
    "sonic purge --client"|"sonic purge -C"|"sonic purge --dbname"|"sonic purge -N"|"sonic purge --pin"|"sonic purge --password-prog"|"sonic purge --slot"|"sonic purge --backup"|"sonic purge -b"|"sonic purge --date"|"sonic purge -d"|"sonic purge --priority"|"sonic purge --formats"|"sonic purge --keep-periods"|"sonic purge --keep-named"|"sonic purge --min-free-space") echo "any" ;;
    "sonic purge --password-file"|"sonic purge -F"|"sonic purge --keys") echo "file" ;;
    "sonic delete --database"|"sonic delete -D"|"sonic delete --dbdir"|"sonic delete -Y") echo "folder" ;;
    "sonic delete --client"|"sonic delete -C"|"sonic delete --dbname"|"sonic delete -N"|"sonic delete --pin"|"sonic delete --password-prog"|"sonic delete --slot") echo "any" ;;
    "sonic delete --password-file"|"sonic delete -F"|"sonic delete --keys") echo "file" ;;
    "sonic check --database"|"sonic check -D"|"sonic check --dbdir"|"sonic check -Y") echo "folder" ;;
    "sonic check --client"|"sonic check -C"|"sonic check --dbname"|"sonic check -N"|"sonic check --pin"|"sonic check --password-prog"|"sonic check --slot"|"sonic check --read-rate"|"sonic check --jobs") echo "any" ;;
    "sonic check --password-file"|"sonic check -F"|"sonic check --keys") echo "file" ;;
    "sonic repair --database"|"sonic repair -D"|"sonic repair --dbdir"|"sonic repair -Y") echo "folder" ;;
    "sonic repair --client"|"sonic repair -C"|"sonic repair --dbname"|"sonic repair -N"|"sonic repair --pin"|"sonic repair --password-prog"|"sonic repair --slot"|"sonic repair --read-rate"|"sonic repair --jobs") echo "any" ;;
    "sonic repair --password-file"|"sonic repair -F"|"sonic repair --keys") echo "file" ;;
    "sonic orphans --database"|"sonic orphans -D"|"sonic orphans --dbdir"|"sonic orphans -Y") echo "folder" ;;
    "sonic orphans --client"|"sonic orphans -C"|"sonic orphans --dbname"|"sonic orphans -N"|"sonic orphans --pin"|"sonic orphans --password-prog"|"sonic orphans --slot") echo "any" ;;
    "sonic orphans --password-file"|"sonic orphans -F"|"sonic orphans --keys") echo "file" ;;
    "sonic lock --database"|"sonic lock -D"|"sonic lock --dbdir"|"sonic lock -Y") echo "folder" ;;
    "sonic lock --client"|"sonic lock -C"|"sonic lock --dbname"|"sonic lock -N"|"sonic lock --pin"|"sonic lock --password-prog"|"sonic lock --slot") echo "any" ;;
    "sonic lock --password-file"|"sonic lock -F"|"sonic lock --keys") echo "file" ;;
    "sonic unlock --database"|"sonic unlock -D"|"sonic unlock --dbdir"|"sonic unlock -Y") echo "folder" ;;
    "sonic unlock --client"|"sonic unlock -C"|"sonic unlock --dbname"|"sonic unlock -N"|"sonic unlock --pin"|"sonic unlock --password-prog"|"sonic unlock --slot") echo "any" ;;
    "sonic unlock --password-file"|"sonic unlock -F"|"sonic unlock --keys") echo "file" ;;
    "sonic getconfig --database"|"sonic getconfig -D"|"sonic getconfig --dbdir"|"sonic getconfig -Y") echo "folder" ;;
    "sonic getconfig --client"|"sonic getconfig -C"|"sonic getconfig --dbname"|"sonic getconfig -N"|"sonic getconfig --pin"|"sonic getconfig --password-prog"|"sonic getconfig --slot"|"sonic getconfig --key"|"sonic getconfig --formats"|"sonic getconfig --priorities"|"sonic getconfig --keep-periods"|"sonic getconfig --keep-named"|"sonic getconfig --max-delta-chain"|"sonic getconfig --max-change-percent"|"sonic getconfig --vacuum-interval") echo "any" ;;
    "sonic getconfig --password-file"|"sonic getconfig -F"|"sonic getconfig --keys") echo "file" ;;
    "sonic setconfig --database"|"sonic setconfig -D"|"sonic setconfig --dbdir"|"sonic setconfig -Y") echo "folder" ;;
    "sonic setconfig --client"|"sonic setconfig -C"|"sonic setconfig --dbname"|"sonic setconfig -N"|"sonic setconfig --pin"|"sonic setconfig --password-prog"|"sonic setconfig --slot"|"sonic setconfig --key"|"sonic setconfig --value"|"sonic setconfig --formats"|"sonic setconfig --priorities"|"sonic setconfig --keep-periods"|"sonic setconfig --keep-named"|"sonic setconfig --max-delta-chain"|"sonic setconfig --max-change-percent"|"sonic setconfig --vacuum-interval") echo "any" ;;
    "sonic setconfig --password-file"|"sonic setconfig -F"|"sonic setconfig --keys") echo "file" ;;
    "sonic rights --database"|"sonic rights -D"|"sonic rights --dbdir"|"sonic rights -Y") echo "folder" ;;
    "sonic rights --client"|"sonic rights -C"|"sonic rights --dbname"|"sonic rights -N"|"sonic rights --pin"|"sonic rights --password-prog"|"sonic rights --slot"|"sonic rights --grant"|"sonic rights --revoke"|"sonic rights --rights") echo "any" ;;
    "sonic rights --password-file"|"sonic rights -F"|"sonic rights --keys") echo "file" ;;
    "sonic quota --database"|"sonic quota -D"|"sonic quota --dbdir"|"sonic quota -Y") echo "folder" ;;
    "sonic quota --client"|"sonic quota -C"|"sonic quota --dbname"|"sonic quota -N"|"sonic quota --pin"|"sonic quota --password-prog"|"sonic quota --slot"|"sonic quota --bytes"|"sonic quota --files") echo "any" ;;
    "sonic quota --password-file"|"sonic quota -F"|"sonic quota --keys") echo "file" ;;
    "sonic status --database"|"sonic status -D"|"sonic status --dbdir"|"sonic status -Y") echo "folder" ;;
    "sonic status --client"|"sonic status -C"|"sonic status --dbname"|"sonic status -N"|"sonic status --pin"|"sonic status --password-prog"|"sonic status --slot"|"sonic status --max-age") echo "any" ;;
    "sonic status --password-file"|"sonic status -F"|"sonic status --keys") echo "file" ;;
    "sonic acknowledge --database"|"sonic acknowledge -D"|"sonic acknowledge --dbdir"|"sonic acknowledge -Y") echo "folder" ;;
    "sonic acknowledge --client"|"sonic acknowledge -C"|"sonic acknowledge --dbname"|"sonic acknowledge -N"|"sonic acknowledge --pin"|"sonic acknowledge --password-prog"|"sonic acknowledge --slot") echo "any" ;;
    "sonic acknowledge --password-file"|"sonic acknowledge -F"|"sonic acknowledge --keys") echo "file" ;;
    "sonic priority --database"|"sonic priority -D"|"sonic priority --dbdir"|"sonic priority -Y") echo "folder" ;;
    "sonic priority --client"|"sonic priority -C"|"sonic priority --dbname"|"sonic priority -N"|"sonic priority --pin"|"sonic priority --password-prog"|"sonic priority --slot"|"sonic priority --backup"|"sonic priority -b"|"sonic priority --date"|"sonic priority -d"|"sonic priority --priority") echo "any" ;;
    "sonic priority --password-file"|"sonic priority -F"|"sonic priority --keys") echo "file" ;;
    "sonic rename --database"|"sonic rename -D"|"sonic rename --dbdir"|"sonic rename -Y") echo "folder" ;;
    "sonic rename --client"|"sonic rename -C"|"sonic rename --dbname"|"sonic rename -N"|"sonic rename --pin"|"sonic rename --password-prog"|"sonic rename --slot"|"sonic rename --backup"|"sonic rename -b"|"sonic rename --date"|"sonic rename -d"|"sonic rename --name") echo "any" ;;
    "sonic rename --password-file"|"sonic rename -F"|"sonic rename --keys") echo "file" ;;
    "sonic recover --database"|"sonic recover -D"|"sonic recover --dbdir"|"sonic recover -Y") echo "folder" ;;
    "sonic recover --client"|"sonic recover -C"|"sonic recover --dbname"|"sonic recover -N"|"sonic recover --pin"|"sonic recover --password-prog"|"sonic recover --slot") echo "any" ;;
    "sonic recover --password-file"|"sonic recover -F"|"sonic recover --keys"|"sonic recover --schema") echo "file" ;;
    "sonic upgrade --database"|"sonic upgrade -D"|"sonic upgrade --dbdir"|"sonic upgrade -Y") echo "folder" ;;
    "sonic upgrade --client"|"sonic upgrade -C"|"sonic upgrade --dbname"|"sonic upgrade -N"|"sonic upgrade --pin"|"sonic upgrade --password-prog"|"sonic upgrade --slot") echo "any" ;;
    "sonic upgrade --password-file"|"sonic upgrade -F"|"sonic upgrade --keys") echo "file" ;;
    "sonic replicate --database"|"sonic replicate -D"|"sonic replicate --dbdir"|"sonic replicate -Y"|"sonic replicate --to") echo "folder" ;;
    "sonic replicate --client"|"sonic replicate -C"|"sonic replicate --dbname"|"sonic replicate -N"|"sonic replicate --pin"|"sonic replicate --password-prog"|"sonic replicate --slot") echo "any" ;;
    "sonic replicate --password-file"|"sonic replicate -F"|"sonic replicate --keys") echo "file" ;;
    "sonic forget --database"|"sonic forget -D"|"sonic forget --dbdir"|"sonic forget -Y") echo "folder" ;;
    "sonic forget --client"|"sonic forget -C"|"sonic forget --dbname"|"sonic forget -N"|"sonic forget --pin"|"sonic forget --password-prog"|"sonic forget --slot") echo "any" ;;
    "sonic forget --password-file"|"sonic forget -F"|"sonic forget --keys") echo "file" ;;
    "sonic encrypt --database"|"sonic encrypt -D"|"sonic encrypt --dbdir"|"sonic encrypt -Y") echo "folder" ;;
    "sonic encrypt --client"|"sonic encrypt -C"|"sonic encrypt --dbname"|"sonic encrypt -N"|"sonic encrypt --pin"|"sonic encrypt --password-prog"|"sonic encrypt --slot") echo "any" ;;
    "sonic encrypt --password-file"|"sonic encrypt -F"|"sonic encrypt --keys") echo "file" ;;
    "sonic drill --database"|"sonic drill -D"|"sonic drill --dbdir"|"sonic drill -Y"|"sonic drill --scratch") echo "folder" ;;
    "sonic drill --client"|"sonic drill -C"|"sonic drill --dbname"|"sonic drill -N"|"sonic drill --pin"|"sonic drill --password-prog"|"sonic drill --slot"|"sonic drill --backup"|"sonic drill -b"|"sonic drill --date"|"sonic drill -d"|"sonic drill --files") echo "any" ;;
    "sonic drill --password-file"|"sonic drill -F"|"sonic drill --keys") echo "file" ;;
    "tardisfs --config"|"tardisfs --password-file"|"tardisfs -F"|"tardisfs --keys") echo "file" ;;
    "tardisfs --job"|"tardisfs --client"|"tardisfs -C"|"tardisfs --dbname"|"tardisfs -N"|"tardisfs --pin"|"tardisfs --password-prog"|"tardisfs --slot"|"tardisfs -o"|"tardisfs --cachetime"|"tardisfs --current") echo "any" ;;
    "tardisfs --database"|"tardisfs -D"|"tardisfs --dbdir"|"tardisfs -Y") echo "folder" ;;
    "tardisremote --config"|"tardisremote --certfile"|"tardisremote --keyfile"|"tardisremote --metrics-token-file"|"tardisremote --daemon-config"|"tardisremote --logfile"|"tardisremote -l"|"tardisremote --pidfile") echo "file" ;;
    "tardisremote --port"|"tardisremote -p"|"tardisremote --bind"|"tardisremote --make-certificate"|"tardisremote --request-rate"|"tardisremote --rights"|"tardisremote --dbname"|"tardisremote -N"|"tardisremote --journal"|"tardisremote -j"|"tardisremote --umask"|"tardisremote --dbbackups"|"tardisremote --user"|"tardisremote --group") echo "any" ;;
    "tardisremote --basedir"|"tardisremote --database"|"tardisremote -D"|"tardisremote --dbdir"|"tardisremote -Y") echo "folder" ;;
    esac
}

# _tardis_verbs PROGRAM: its commands.
_tardis_verbs() {
    case $1 in
    sonic) echo "create setpass chpass keys rotate-keys decrypt-names fingerprints list files info find tag purge delete check repair orphans lock unlock getconfig setconfig rights quota status acknowledge priority rename recover upgrade replicate forget encrypt drill" ;;
    esac
}

_tardis_complete() {
    local program=${COMP_WORDS[0]##*/} current=${COMP_WORDS[COMP_CWORD]}
    local before=${COMP_WORDS[COMP_CWORD - 1]} scope verbs word kind
    scope=$program
    verbs=$(_tardis_verbs "$program")
    for word in "${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
        if [[ -n $verbs && " $verbs " == *" $word "* ]]; then
            scope="$program $word"
            break
        fi
    done
    COMPREPLY=()
    kind=$(_tardis_value "$scope" "$before")
    case $kind in
    any) return ;;
    file) mapfile -t COMPREPLY < <(compgen -f -- "$current") && return ;;
    folder) mapfile -t COMPREPLY < <(compgen -d -- "$current") && return ;;
    ?*) mapfile -t COMPREPLY < <(compgen -W "$kind" -- "$current") && return ;;
    esac
    if [[ $current == -* ]]; then
        mapfile -t COMPREPLY < <(compgen -W "$(_tardis_options "$scope")" -- "$current")
    elif [[ -n $verbs && $scope == "$program" ]]; then
        mapfile -t COMPREPLY < <(compgen -W "$verbs" -- "$current")
    else
        mapfile -t COMPREPLY < <(compgen -f -- "$current")
    fi
}

complete -o filenames -F _tardis_complete tardis tardisd regenerate lstardis tardiff sonic tardisfs tardisremote
