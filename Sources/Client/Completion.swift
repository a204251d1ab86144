/// Completions for shells, of the table of commands.
public enum Completion {
    /// The script; `nil` for another shell.
    public static func script(for shell: String) -> String? {
        switch shell {
        case "bash": bash
        case "zsh": zsh
        case "fish": fish
        default: nil
        }
    }

    private static var commands: [CommandSyntax] { CommandSyntax.all }

    private static var bash: String {
        let cases = commands.map { command in
            let values = command.valuedFlags.map { flag in
                "        \(flag.name)) COMPREPLY=($(compgen -W \"\(flag.choices.joined(separator: " "))\" -- \"$word\")); return ;;"
            }
            let asks =
                values.isEmpty
                ? "" : "        case $previous in\n\(values.joined(separator: "\n"))\n        esac\n"
            return """
                    \(command.name))
                \(asks)        words="\(command.words.joined(separator: " "))"
                        flags="\(command.allFlags.joined(separator: " "))"
                        ;;
                """
        }
        return """
            # Completion of drumbeat for bash.
            _drumbeat() {
                local word=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD-1]} words= flags=
                COMPREPLY=()
                if [ "$COMP_CWORD" -eq 1 ]; then
                    COMPREPLY=($(compgen -W "\(commands.map(\.name).joined(separator: " ")) --help --version" -- "$word"))
                    return
                fi
                case ${COMP_WORDS[1]} in
            \(cases.joined(separator: "\n"))
                esac
                case $word in
                -*) COMPREPLY=($(compgen -W "$flags" -- "$word")) ;;
                *) COMPREPLY=($(compgen -W "$words" -- "$word")) ;;
                esac
            }
            complete -F _drumbeat drumbeat
            """
    }

    private static var zsh: String {
        let names = commands.map { "        '\($0.name):\(quoted($0.summary))'" }
        let cases = commands.map { command in
            let flags = command.flags.map { flag in
                let value = flag.value.map { value in
                    ":\(value):" + (flag.choices.isEmpty ? "" : "(\(flag.choices.joined(separator: " ")))")
                }
                return "'\(flag.isRepeatable ? "*" : "")\(flag.name)[\(quoted(flag.meaning))]\(value ?? "")'"
            }
            let words = command.words.isEmpty ? "" : "(\(command.words.joined(separator: " ")))"
            let lines = flags + ["'--help[explain the command]'", "'*:argument:\(words)'"]
            return "    \(command.name)) _arguments \(lines.joined(separator: " \\\n            ")) ;;"
        }
        return """
            #compdef drumbeat
            # Completion of drumbeat for zsh.
            _drumbeat() {
                local -a commands
                commands=(
            \(names.joined(separator: "\n"))
                )
                if (( CURRENT == 2 )); then
                    _describe command commands
                    return
                fi
                shift words
                (( CURRENT-- ))
                case $words[1] in
            \(cases.joined(separator: "\n"))
                esac
            }
            if [ "$funcstack[1]" = _drumbeat ]; then
                _drumbeat "$@"
            else
                compdef _drumbeat drumbeat
            fi
            """
    }

    private static var fish: String {
        var lines = ["# Completion of drumbeat for fish.", "complete -c drumbeat -f"]
        for command in commands {
            lines.append(
                "complete -c drumbeat -n __fish_use_subcommand -a \(command.name) -d '\(quoted(command.summary))'"
            )
        }
        for command in commands {
            let begin = "complete -c drumbeat -n '__fish_seen_subcommand_from \(command.name)'"
            if !command.words.isEmpty {
                lines.append("\(begin) -a '\(command.words.joined(separator: " "))'")
            }
            for flag in command.flags {
                let choices = flag.choices.isEmpty ? "" : " -a '\(flag.choices.joined(separator: " "))'"
                let value = flag.value == nil ? "" : " -x\(choices)"
                lines.append("\(begin) -l \(flag.name.dropFirst(2))\(value) -d '\(quoted(flag.meaning))'")
            }
        }
        return lines.joined(separator: "\n")
    }

    /// A text between apostrophes of a script, where it describes something.
    private static func quoted(_ text: String) -> String {
        text.reduce(into: "") { quoted, character in
            switch character {
            case "'": quoted += "’"
            // They end a description in zsh.
            case "[", "]", "\\": break
            default: quoted.append(character)
            }
        }
    }
}

extension CommandSyntax {
    fileprivate var valuedFlags: [Flag] { flags.filter { $0.value != nil } }

    fileprivate var allFlags: [String] {
        flags.map(\.name) + ["--help"] + (side == .server ? ["--config"] : [])
    }

    /// What its arguments may be, as far as that is known.
    fileprivate var words: [String] { arguments.flatMap(\.choices) }
}
