# Completion of matomo-tui for fish. To install it:
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
