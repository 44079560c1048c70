# Completion of matomo-tui for fish. To install it:
#   matomo-tui completion fish > ~/.config/fish/completions/matomo-tui.fish

function __matomo_tui_completion
    set -l words (commandline -cp | string collect)
    set -l word (commandline -t | string collect)
    set -l answer (env _MATOMO_TUI_COMPLETE=fish_complete COMP_WORDS="$words" COMP_CWORD="$word" matomo-tui 2>/dev/null)
    for line in $answer
        set -l parts (string split -m 1 "," -- $line)
        switch $parts[1]
            case dir
                __fish_complete_directories $parts[2]
            case file
                __fish_complete_path $parts[2]
            case plain
                echo $parts[2]
        end
    end
end

complete --no-files --command matomo-tui --arguments "(__matomo_tui_completion)"
