// `offprint serve`: the page.
#include <csignal>
#include <iostream>

#include "offprint/base/file.hpp"
#include "offprint/cli/commands.hpp"
#include "offprint/page/server.hpp"

namespace offprint {

namespace {

struct ServeOptions {
  std::string listen = "127.0.0.1:8080", folder, host;
  bool trust_network = false, read_only = false;
};

int serve_page(const ServeOptions& options) {
  const auto where = page::parse_listen(options.listen);
  page::Settings settings;
  settings.host = options.host;
  settings.read_only = options.read_only;
  if (!page::is_loopback(where.address) && !options.trust_network)
    throw UsageError("--listen: " + where.address + " can be reached by others; add --trust-network if you mean it");
  if (settings.host.empty() && !page::is_loopback(where.address)) settings.host = where.address;
  settings.network = !page::is_loopback(where.address);
  std::signal(SIGPIPE, SIG_IGN);
  page::Site site(options.folder.empty() ? user_data_folder() : std::filesystem::path(options.folder), settings);
  page::serve(site, where, settings.upload_limit + (1 << 16), [](const std::string& address) {
    std::cout << "Offprint is at " << address << "  (Ctrl-C ends it)" << std::endl;
  });
  return 0;
}

}  // namespace

std::vector<Action> serve_command() {
  return {action("", "Serve the page",
                 options_of<ServeOptions>()
                     .option(&ServeOptions::listen, "listen", "ADDRESS:PORT")
                     .option(&ServeOptions::folder, "data", "The data folder; default: the user's")
                     .option(&ServeOptions::host, "host", "A further host name under which the page may be asked for")
                     .option(&ServeOptions::trust_network, "trust-network",
                             "Serve on an address that others can reach: everybody there can start runs")
                     .option(&ServeOptions::read_only, "read-only", "Nothing can be started"),
                 serve_page)};
}

}  // namespace offprint
