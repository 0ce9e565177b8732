// `offprint serve`: the page.
#include <CLI/CLI.hpp>
#include <csignal>
#include <iostream>

#include "offprint/base/file.hpp"
#include "offprint/base/text.hpp"
#include "offprint/cli/commands.hpp"
#include "offprint/cli/parse.hpp"
#include "offprint/page/server.hpp"

namespace offprint {

int serve_command(const Arguments& arguments) {
  CLI::App app("Serve the page", "offprint serve");
  std::string listen = "127.0.0.1:8080", folder;
  page::Settings settings;
  bool trust_network = false;
  app.add_option("--listen", listen, "ADDRESS:PORT (default 127.0.0.1:8080)");
  app.add_option("--data", folder, "The data folder (default: the user's)");
  app.add_option("--host", settings.hosts,
                 "A further host name under which the page may be asked for; may be repeated");
  app.add_flag("--trust-network", trust_network,
               "Serve on an address that others can reach: everybody there can start runs");
  app.add_flag("--read-only", settings.read_only, "Nothing can be started");
  if (const auto status = parse(app, arguments)) return *status;
  const auto where = page::parse_listen(listen);
  if (!page::is_loopback(where.address) && !trust_network)
    throw UsageError("--listen: " + where.address + " can be reached by others; add --trust-network if you mean it");
  // Behind a wildcard address stand names that only the person who starts the page knows.
  const bool wildcard = where.address == "0.0.0.0" || where.address == "::";
  if (!page::is_loopback(where.address) && !wildcard)
    settings.hosts.push_back(where.address.find(':') == std::string::npos ? where.address : "[" + where.address + "]");
  settings.network = !page::is_loopback(where.address);
  std::signal(SIGPIPE, SIG_IGN);
  page::Site site(folder.empty() ? user_data_folder() : std::filesystem::path(folder), settings);
  page::serve(site, where, settings.upload_limit + (1 << 16), [&](const std::string& address) {
    std::cout << "Offprint is at " << address << "  (Ctrl-C ends it)" << std::endl;
    if (!settings.network) return;
    if (settings.hosts.empty())
      std::cout
          << "Others cannot reach it yet: name what they call this machine, --host NAME, once for each name or address"
          << std::endl;
    else
      std::cout << "Others reach it as " << join(settings.hosts, ", ") << "; everybody there can "
                << (settings.read_only ? "read it" : "start runs") << std::endl;
  });
  return 0;
}

}  // namespace offprint
