#include "offprint/papers/mec_bottleneck/mec_bottleneck.hpp"

namespace offprint::mec_bottleneck {
namespace {

SparseCoupling chain(const SparseCoupling& encoder, const SparseCoupling& decoder) {
  const auto code = decoder.row_marginal();
  std::vector<std::vector<std::size_t>> of_code(decoder.row_count), of_row(encoder.row_count);
  for (std::size_t c = 0; c < decoder.mass.size(); ++c) of_code[decoder.rows[c]].push_back(c);
  for (std::size_t c = 0; c < encoder.mass.size(); ++c) of_row[encoder.rows[c]].push_back(c);
  SparseCoupling joint{encoder.row_count, decoder.column_count, {}, {}, {}};
  std::vector<double> row(decoder.column_count);
  std::vector<std::size_t> touched;
  for (std::size_t x = 0; x < encoder.row_count; ++x) {
    for (const std::size_t e : of_row[x])
      for (const std::size_t d : of_code[encoder.columns[e]]) {
        const std::size_t y = decoder.columns[d];
        if (row[y] == 0) touched.push_back(y);
        row[y] += encoder.mass[e] * decoder.mass[d] / code[encoder.columns[e]];
      }
    for (const std::size_t y : touched) {
      if (row[y] > 0) joint.add(x, y, row[y]);
      row[y] = 0;
    }
    touched.clear();
  }
  return joint;
}

}  // namespace

BottleneckCoupling mecb(const SparseCoupling& encoder, const Distribution& q, DecoderMethod decoder,
                        const Random& random) {
  const Distribution code(encoder.column_marginal());
  BottleneckCoupling result{
      encoder, couple(decoder, code, q, random), {}, code.entropy(), encoder.mutual_information(), 0, 0, 0};
  result.joint = chain(encoder, result.decoder);
  result.decoder_information = result.decoder.mutual_information();
  result.information = result.joint.mutual_information();
  result.bound = result.encoder_information + result.decoder_information - result.code_entropy;
  return result;
}

BottleneckCoupling mecb(const Distribution& p, const Distribution& q, double rate, EncoderMethod encoder, bool fill,
                        DecoderMethod decoder, const Random& random, const Check& check) {
  if (fill && encoder == EncoderMethod::greedy) return mecb(ebim_at(p, rate), q, decoder, random);
  const auto map = encode(encoder, p, rate, check);
  return mecb(fill ? ebim_at(p, rate, {map}) : joint_of(p, map), q, decoder, random);
}

}  // namespace offprint::mec_bottleneck
