// Real data sets that lie in Debian packages: found where the package is installed, else in the user's cache, else
// fetched there by get().
#pragma once
#include <filesystem>
#include <string>
#include <vector>

#include "offprint/data/table.hpp"

namespace offprint::data {

enum class Reader { csv, rda, lazy_load, words, text, idx, digits, example };

struct DataSet {
  std::string name;     ///< data:NAME
  std::string package;  ///< Debian's; empty: shipped with the program
  std::string licence;
  std::string
      /// inside the package, from the root; of a lazy-load data base without its ending, of IDX files their folder
      file;
  Reader reader;
  std::string
      /// in R's files: the variable; of a folder of texts: the names or the ending of its files, comma-separated
      object;
  std::string purpose;
  bool present = false;  ///< filled by list()
  /// What a user's own file of this kind would end in: csv for tables, txt for texts, idx3-ubyte for images.
  std::string ending() const;
};

std::vector<DataSet> list();

/// The file (of texts also the folder) of a data set, installed or cached. Throws BadInput for an unknown name,
/// MissingData naming `offprint data get NAME`.
std::filesystem::path find(const std::string& name);
Table read_data_set(const std::string& name);
/// The table of a path (see read_table_file) or of `data:NAME`. Throws MissingData naming `offprint data get NAME`.
Table read_table(const std::string& source, const TableReading& reading = {});
/// The file behind a source: the path itself, or that of the data set. Throws as read_table does if it is not there.
std::filesystem::path resolve(const std::string& source);
/// A text set as one text: unpacked, tags taken out of HTML, the files of a folder in the order in which they are named
/// or else of their paths.
std::string read_text_set(const std::string& name);
/// The text of a file (gzip or plain) or of `data:NAME`. Throws BadInput if it is missing or empty.
std::string read_text(const std::string& source);

/// Fetches the package with apt-get and keeps this data set's files in the user's cache; needs no root and no R. Does
/// nothing if it is there.
/// Throws MissingData saying what to do when the package cannot be had.
std::filesystem::path get(const std::string& name);

}  // namespace offprint::data
