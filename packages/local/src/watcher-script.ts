/**
 * The watcher, in POSIX shell. Reads lines from standard input:
 *
 *     + GROUP TENTHS STOP    a process group runs; TENTHS of a second between SIGTERM and SIGKILL;
 *                            STOP is a command in shell syntax, in which $nl is a line feed, or nothing
 *     - GROUP                the group has ended
 *
 * At the end of its input, which is the end of the process that launched, it ends what still runs.
 */
export const WATCHER_SCRIPT = `
nl='
'
running=
while read -r sign group tenths stop; do
  case $sign in
    +)
      running="$running $group"
      eval "tenths_$group=\\$tenths stop_$group=\\$stop"
      ;;
    -)
      rest=
      for other in $running; do [ "$other" = "$group" ] || rest="$rest $other"; done
      running=$rest
      unset "tenths_$group" "stop_$group"
      ;;
  esac
done

end() {
  eval "tenths=\\$tenths_$1 stop=\\$stop_$1"
  kill -s TERM -- "-$1"
  while [ "$tenths" -gt 0 ] && kill -s 0 -- "-$1"; do
    sleep 0.1 || sleep 1 || break
    tenths=$((tenths - 1))
  done
  eval "$stop"
  kill -s KILL -- "-$1"
}

for group in $running; do end "$group" & done
wait
`;
