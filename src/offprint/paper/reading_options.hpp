// The options with which a user says how a text table is to be read; for verbs that take one.
#pragma once
#include "offprint/data/table.hpp"
#include "offprint/paper/verb.hpp"

namespace offprint {

struct ReadingOptions {
  std::vector<std::string> missing, text;
  std::string decimal = ".";

  data::TableReading reading() const { return {missing, decimal[0], text}; }
};

inline const auto reading_options =
    options_of<ReadingOptions>()
        .option(&ReadingOptions::missing, "missing", "Further texts that mean a missing value, such as N/A")
        .option(&ReadingOptions::decimal, "decimal", "The decimal mark of numbers",
                Choices<std::string>{{{".", "."}, {",", ","}}})
        .option(&ReadingOptions::text, "text", "Columns that hold texts, whatever they look like");

}  // namespace offprint
