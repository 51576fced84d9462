#!/usr/bin/env bash
# Bugs, made by hand one after the other: the storm must find each. Works on a copy of the checkout, and says after how
# many seeds each was found. `tests/bugs.sh 3 5` tries only those two, `SEEDS` says how many seeds at most.
set -euo pipefail
cd "$(dirname "$0")/.."
copy=$(mktemp -d)
trap 'git worktree remove --force "$copy"' EXIT
git worktree add --quiet --detach "$copy" HEAD
export CARGO_TARGET_DIR="${CARGO_TARGET_DIR:-$PWD/target}"
cd "$copy"
missed=0

# bug NUMBER WHAT FILE REPLACEMENT
bug() {
    local number=$1 what=$2 file=$3 change=$4
    case " ${wanted:-all} " in *" all "* | *" $number "*) ;; *) return ;; esac
    perl -0pi -e "$change" "$file"
    if git diff --quiet; then
        printf '%2d  DOES NOT APPLY  %s\n' "$number" "$what"
        missed=$((missed + 1))
        return
    fi
    cargo build --quiet --profile storm -p sandbox
    if "$CARGO_TARGET_DIR/storm/sandbox" storm --seeds "${SEEDS:-2000}" --until-broken >"$copy/found" 2>/dev/null; then
        printf '%2d  MISSED  %s\n' "$number" "$what"
        missed=$((missed + 1))
    else
        printf '%2d  found   %s: %s\n' "$number" "$what" "$(grep -m1 '^failed:' "$copy/found" | cut -c1-110)"
    fi
    git checkout --quiet -- .
}

wanted=$*
bug 1 'a create without its intent' shared/src/sync/create.rs \
    's/!self\.links\.intend\(identity, intent\.as_ref\(\), self\.clock\.now\(\)\)\.await\?/false/'
bug 2 'one mirror instead of two' shared/src/sync/plan.rs \
    's/&settled\.helloleads\.mirror\.record, &settled\.ghl\.mirror\.record/&settled.ghl.mirror.record, &settled.ghl.mirror.record/'
bug 3 'a webhook is answered 200 whatever the queue said' functions/webhook-intake/src/ghl_hooks.rs \
    's/self\.queues\.send\(&\[Hint \{ fingerprint, sent_at, \.\.plain \}\]\)\.await\?;/drop(self.queues.send(&[Hint { fingerprint, sent_at, ..plain }]).await);/'
bug 4 'the losing value of a conflict is not kept' shared/src/sync/apply.rs \
    's/self\.keep_losers\(&link\.link, link\.version, writes\)\.await\?;//'
bug 5 'an edit between our read and our write is taken for ours' shared/src/sync/apply.rs \
    's/super::write::mirror_of_answer\(before, stored, wrote\)/Mirror::from(stored)/'
bug 6 'what a side holds after our write is not mirrored' shared/src/sync/apply.rs \
    's/            \*link\.mirrors\.of_mut\(side\) = mirror;\n//'
bug 7 'a match is made a second time' shared/src/sync/plan.rs \
    's/Match::One\(one\) => \{\n            let \(now, writes\) = join\(side, here, one, rules\);\n            Plan::Join \{ now, writes \}/Match::One(_) => {\n            Plan::Create { from: side, here: here.clone() }/'
bug 8 'a brake that counts nothing' shared/src/sync/brake.rs \
    's/if taken == 0 \{\n            return Ok\(Some\(Reason::Braked/if false {\n            return Ok(Some(Reason::Braked/'
bug 9 'what is announced is not noted first' shared/src/helloleads/poll.rs \
    's/announcing: Some\(announcement\.clone\(\)\), \.\.read\.cursor\.clone\(\)/announcing: None, ..read.cursor.clone()/'
bug 10 'a deletion is not followed' shared/src/sync/plan.rs \
    's/DeleteRule::Delete if rules\.can\.of\(on\)\.delete => Plan::Delete \{ link, on \}/DeleteRule::Delete if false => Plan::Delete { link, on }/'
exit $((missed > 0))
