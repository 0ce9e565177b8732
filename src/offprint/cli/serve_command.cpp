// `offprint serve`: the page.
#include <csignal>
#include <iostream>

#include "offprint/base/file.hpp"
#include "offprint/base/text.hpp"
#include "offprint/cli/commands.hpp"
#include "offprint/page/server.hpp"

namespace offprint {

namespace {

struct ServeOptions {
  std::string listen = "127.0.0.1:8080", folder;
  std::vector<std::string> hosts;
  bool trust_network = false, read_only = false;
};

int serve_page(const ServeOptions& options) {
  const auto where = page::parse_listen(options.listen);
  page::Settings settings;
  settings.hosts = options.hosts;
  settings.read_only = options.read_only;
  if (!page::is_loopback(where.address) && !options.trust_network)
    throw UsageError("--listen: " + where.address + " can be reached by others; add --trust-network if you mean it");
  // Behind a wildcard address stand names that only the person who starts the page knows.
  const bool wildcard = where.address == "0.0.0.0" || where.address == "::";
  if (!page::is_loopback(where.address) && !wildcard)
    settings.hosts.push_back(where.address.find(':') == std::string::npos ? where.address : "[" + where.address + "]");
  settings.network = !page::is_loopback(where.address);
  std::signal(SIGPIPE, SIG_IGN);
  page::Site site(options.folder.empty() ? user_data_folder() : std::filesystem::path(options.folder), settings);
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

}  // namespace

std::vector<Action> serve_command() {
  return {action("", "Serve the page",
                 options_of<ServeOptions>()
                     .option(&ServeOptions::listen, "listen", "ADDRESS:PORT")
                     .option(&ServeOptions::folder, "data", "The data folder; default: the user's")
                     .option(&ServeOptions::hosts, "host", "A further host name under which the page may be asked for")
                     .option(&ServeOptions::trust_network, "trust-network",
                             "Serve on an address that others can reach: everybody there can start runs")
                     .option(&ServeOptions::read_only, "read-only", "Nothing can be started"),
                 serve_page)};
}

}  // namespace offprint
