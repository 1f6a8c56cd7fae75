# Completion of lastframe for bash. What there is to complete is asked of the program itself.

_lastframe() {
  local program=${COMP_WORDS[0]} current=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]}
  # bash takes --name=value for three words.
  if [[ $current == = ]]; then
    current=
  elif [[ $before == = ]]; then
    before=${COMP_WORDS[COMP_CWORD - 2]}
  fi
  local help commands command='' word
  help=$("$program" --help 2>/dev/null) || return
  commands=$(sed -n '/^Subcommands:/,$s/^  \([a-z]\{1,\}\) .*/\1/p' <<<"$help")
  for word in "${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    if grep -qxF -- "$word" <<<"$commands"; then
      command=$word
      help=$("$program" "$command" --help 2>/dev/null) || return
      break
    fi
  done

  COMPREPLY=()
  if [[ $before == --* ]] && grep -q -- "^  $before FILE" <<<"$help"; then
    compopt -o filenames 2>/dev/null
    mapfile -t COMPREPLY < <(compgen -f -- "$current")
  elif [[ $before == --* ]] && grep -q -- "^  $before [A-Z]" <<<"$help"; then
    return
  elif [[ $current == -* ]]; then
    word=$(sed -n 's/^  \(-[a-z],\)\{0,1\}\(--[a-z-]\{1,\}\).*/\2/p' <<<"$help")
    mapfile -t COMPREPLY < <(compgen -W "$word" -- "$current")
  elif [[ -z $command ]]; then
    mapfile -t COMPREPLY < <(compgen -W "$commands" -- "$current")
  elif grep -q '^  FILE ' <<<"$help"; then
    compopt -o filenames 2>/dev/null
    mapfile -t COMPREPLY < <(compgen -f -- "$current")
  elif grep -q '^  CODE ' <<<"$help"; then
    word=$("$program" explain 2>/dev/null | sed -n 's/^\([0-9]\{4\}\) .*/\1/p')
    mapfile -t COMPREPLY < <(compgen -W "$word" -- "$current")
  fi
}
complete -F _lastframe lastframe
