# Completion of lastframe for fish. What there is to complete is asked of the program itself.

function __lastframe_commands
    lastframe --help 2>/dev/null | string replace --filter --regex '^  ([a-z]+)  +(.*)' '$1'\t'$2'
end

function __lastframe_command
    set --local known (__lastframe_commands | string split --fields 1 \t)
    for word in (commandline --tokenize --cut-at-cursor --current-process)[2..]
        contains -- $word $known; and echo $word; and return
    end
end

function __lastframe_help
    lastframe (__lastframe_command) --help 2>/dev/null
end

function __lastframe_options
    __lastframe_help | string match --regex --groups-only '^  (?:-[a-z],)?(--[a-z-]+)'
end

function __lastframe_takes --argument-names what
    __lastframe_help | string match --quiet --regex "^  $what "
end

function __lastframe_needs_a_file
    set --local before (commandline --tokenize --cut-at-cursor --current-process)[-1]
    __lastframe_takes FILE; or __lastframe_help | string match --quiet --regex -- "^  $before FILE"
end

complete --command lastframe --no-files
complete --command lastframe --condition 'test -z "$(__lastframe_command)"' --arguments '(__lastframe_commands)'
complete --command lastframe --condition 'string match --quiet -- "-*" (commandline --current-token)' \
    --arguments '(__lastframe_options)'
complete --command lastframe --condition __lastframe_needs_a_file --force-files
complete --command lastframe --condition '__lastframe_takes CODE' \
    --arguments '(lastframe explain | string match --regex --groups-only "^(\d{4}) ")'
