// `zenlite completion`: what a shell sources. The scripts know nothing of zenlite: they ask `zenlite __complete` at each key.
import { exitCodes } from "../../exit.ts";

export type Shell = "bash" | "zsh" | "fish";

export function completionVerb(shell: Shell): number {
  process.stdout.write(scripts[shell]);
  return exitCodes.done;
}

// Each line of the answer is a word, a tab and what it means; ":files" stands for the shell's own completion of paths. The command is
// called as it was typed, so that a project's own zenlite answers for itself.
const scripts: { readonly [Name in Shell]: string } = {
  // https://www.gnu.org/software/bash/manual/html_node/Programmable-Completion.html
  bash: `# Completion of zenlite for bash: source <(zenlite completion bash)
_zenlite_complete() {
  local line path
  COMPREPLY=()
  while IFS= read -r line; do
    if [[ $line == :files ]]; then
      compopt -o filenames 2>/dev/null
      while IFS= read -r path; do COMPREPLY+=("$path"); done < <(compgen -f -- "$2")
    elif [[ -n $line ]]; then
      COMPREPLY+=("\${line%%$'\\t'*}")
    fi
  done < <("\${1/#\\~/$HOME}" __complete bash -- "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
}
complete -F _zenlite_complete zenlite
`,
  // https://zsh.sourceforge.io/Doc/Release/Completion-Widgets.html
  zsh: `#compdef zenlite
# Completion of zenlite for zsh, after compinit: source <(zenlite completion zsh)
_zenlite() {
  local -a values shown
  local line
  for line in "\${(@f)$("\${words[1]/#\\~/$HOME}" __complete zsh -- "\${(@)words[2,CURRENT]}" 2>/dev/null)}"; do
    if [[ $line == :files ]]; then
      _files
    elif [[ -n $line ]]; then
      values+=("\${line%%$'\\t'*}")
      shown+=("\${line/$'\\t'/  -- }")
    fi
  done
  (( \${#values} )) && compadd -l -d shown -a values
}
if [[ "\${funcstack[1]}" == _zenlite ]]; then
  _zenlite "$@"
else
  compdef _zenlite zenlite
fi
`,
  // https://fishshell.com/docs/current/completions.html
  fish: `# Completion of zenlite for fish: zenlite completion fish > ~/.config/fish/completions/zenlite.fish
function __zenlite_complete
    set -l before (commandline -opc)
    set -l current (commandline -ct)
    set -l program $before[1]
    set -e before[1]
    for line in ($program __complete fish -- $before "$current" 2>/dev/null)
        if test "$line" = ":files"
            __fish_complete_path "$current"
        else
            echo $line
        end
    end
end
complete --command zenlite --no-files --arguments "(__zenlite_complete)"
`,
};
