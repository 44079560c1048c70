"""``matomo-tui completion``: prints the script that completes commands, options and profiles in a shell.

The scripts call the program, which answers in click's protocol (``_MATOMO_TUI_COMPLETE=bash_complete``).
"""

from __future__ import annotations

import os
from pathlib import PurePath

import click

from matomo_tui.cli.errors import stop

_BASH = r"""# Completion of matomo-tui for bash. To install it:
#   matomo-tui completion bash > ~/.local/share/bash-completion/completions/matomo-tui
# (with the package bash-completion), or in ~/.bashrc:
#   eval "$(matomo-tui completion bash)"

_matomo_tui_completion() {
    local answer found kind last left text typed value word option="" rest=$COMP_LINE count=0 index IFS=$'\n'
    local -a words=()
    COMPREPLY=()
    # bash splits at = and : too: parts without a space between them are one word.
    for ((index = 0; index <= COMP_CWORD; index++)); do
        word=${COMP_WORDS[index]}
        text=${rest#"${rest%%[![:space:]]*}"}
        if [[ $count -gt 0 && -n $rest && $text == "$rest" ]]; then
            words[count-1]+=$word
        else
            words[count++]=$word
        fi
        rest=${text#"$word"}
    done
    answer=$(COMP_WORDS="${words[*]}" COMP_CWORD=$((count - 1)) _MATOMO_TUI_COMPLETE=bash_complete "$1" 2>/dev/null)
    # What is found stands for the value of --option=value, and what is answered for the last part only.
    typed=${words[count-1]}
    if [[ $typed == --*=* ]]; then option=${typed%%=*}= ; fi
    last=${COMP_WORDS[COMP_CWORD]}
    if [[ $last == [=:]* && -z ${last//[=:]/} ]]; then last="" ; fi
    left=${typed%"$last"}
    for text in $answer; do
        kind=${text%%,*}
        case $kind in
            plain) found=${text#*,} ;;
            dir) found=$(compgen -d -- "${typed#"$option"}") ;;
            file) found=$(compgen -f -- "${typed#"$option"}") ;;
            *) continue ;;
        esac
        for value in $found; do
            value=$option$value
            COMPREPLY+=("${value#"$left"}")
        done
    done
}

complete -o filenames -F _matomo_tui_completion matomo-tui
"""

_ZSH = r"""#compdef matomo-tui
# Completion of matomo-tui for zsh. To install it, in a folder of $fpath:
#   matomo-tui completion zsh > ~/.zfunc/_matomo-tui
# with `fpath=(~/.zfunc $fpath); autoload -Uz compinit; compinit` in ~/.zshrc.

_matomo_tui_completion() {
    local -a answer plain described
    local kind value help
    answer=("${(@f)$(COMP_WORDS="${words[*]}" COMP_CWORD=$((CURRENT-1)) \
        _MATOMO_TUI_COMPLETE=zsh_complete $words[1] 2>/dev/null)}")
    # What is found stands for the value of --option=value.
    if [[ $PREFIX == --*=* ]]; then compset -P 1 '*='; fi
    for kind value help in "${answer[@]}"; do
        case $kind in
            plain) if [[ $help == _ ]]; then plain+=("$value"); else described+=("$value:$help"); fi ;;
            dir) _files -/ ;;
            file) _files ;;
        esac
    done
    (( $#described )) && _describe -V matomo-tui described -U -i "$IPREFIX"
    (( $#plain )) && compadd -U -i "$IPREFIX" -V plain -a plain
    return 0
}

if [[ $zsh_eval_context[-1] == loadautofunc ]]; then
    _matomo_tui_completion "$@"
else
    compdef _matomo_tui_completion matomo-tui
fi
"""

_FISH = r"""# Completion of matomo-tui for fish. To install it:
#   matomo-tui completion fish > ~/.config/fish/completions/matomo-tui.fish

function __matomo_tui_completion
    set -l words (commandline -cp | string collect)
    set -l word (commandline -t | string collect)
    set -l answer (env _MATOMO_TUI_COMPLETE=fish_complete COMP_WORDS="$words" COMP_CWORD="$word" matomo-tui 2>/dev/null)
    # What is found stands for the value of --option=value.
    set -l option (string match --regex -- '^--[^=]*=' $word; or echo)
    for line in $answer
        set -l parts (string split -m 1 "," -- $line)
        set -l found
        switch $parts[1]
            case dir
                set found (__fish_complete_directories $parts[2])
            case file
                set found (__fish_complete_path $parts[2])
            case plain
                set found $parts[2]
        end
        for value in $found
            echo $option$value
        end
    end
end

complete --no-files --command matomo-tui --arguments "(__matomo_tui_completion)"
"""

SCRIPTS = {"bash": _BASH, "zsh": _ZSH, "fish": _FISH}
"""The script of each shell, with a comment that says how to install it."""


@click.command("completion")
@click.argument("shell", type=click.Choice(tuple(SCRIPTS)), required=False)
def command(shell: str | None) -> None:
    """Print the completion script for a shell: bash, zsh or fish.

    Without a name it is for the shell in $SHELL. The script begins with how to install it.
    """
    if shell is None:
        shell = PurePath(os.environ.get("SHELL", "")).name
        if shell not in SCRIPTS:
            stop(f"$SHELL names no shell with completion; give one: {', '.join(SCRIPTS)}.")
    click.echo(SCRIPTS[shell], nl=False)
