#pragma once

#include <CLI/CLI.hpp>
#include <functional>
#include <vector>

namespace plimsoll {

// A command beside serving, "plimsoll top": its flags, and what runs it and
// returns the exit code once they are parsed.
struct Subcommand {
  CLI::App* command;
  std::function<int()> run;
};

// In the order of --help. `app` owns the commands.
std::vector<Subcommand> AddSubcommands(CLI::App& app);

// A flag that takes one value each time it is given.
CLI::Option* Repeatable(CLI::Option* option);

}  // namespace plimsoll
