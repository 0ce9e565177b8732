#include "offprint/paper/paper.hpp"

#include <cmath>

#include "offprint/papers/mec_bottleneck/verbs.hpp"

namespace offprint::mec_bottleneck {
namespace {

const Choices<EncoderMethod> encoders{{{"greedy", EncoderMethod::greedy},
                                       {"exact", EncoderMethod::exact},
                                       {"local", EncoderMethod::local_search},
                                       {"quantiser", EncoderMethod::quantiser},
                                       {"shkel-verdu", EncoderMethod::shkel_verdu}}};
const Choices<DecoderMethod> decoders{{{"max", DecoderMethod::max_seeking},
                                       {"zero", DecoderMethod::zero_seeking},
                                       {"sla", DecoderMethod::sla},
                                       {"exact", DecoderMethod::exact}}};
const Accepts tables{{"csv", "tsv", "jsonl", "npy"}};

std::vector<Claim> claims() {
  std::vector<Claim> all{
      {"M1",
       "Algorithm 1 keeps to the rate, and loses at most the binary entropy of the second largest probability against the best encoder.",
       "Theorems 1 and 2",
       "Random Dirichlet distributions of 2 to 7 symbols (parameters 0.2, 0.5, 1, 3), a random rate each; the best deterministic map by enumeration.",
       {{"over_rate", "draws with H(T) above the rate", "0", at_most(0), at_most(0), ""},
        {"bound_violations", "draws with R - I above h(p_2)", "0", at_most(0), at_most(0), ""},
        {"above_best_map", "draws with I above the best deterministic map", "0", at_most(0), at_most(0), ""}},
       ""},
      {"M2",
       "On masses 0.4, 0.3, 0.2, 0.1 the algorithm visits known maps.",
       "Algorithm 1",
       "H(T) at four rates.",
       {},
       ""},
      {"M3",
       "The upper envelope of Theorem 3's couplings next to deterministic maps is the best possible for three symbols.",
       "Theorem 3, Figure 2",
       "Masses 0.7, 0.2, 0.1, ten rates, sweeps of 2000 steps against listed values of that resolution; a search without structure against the exact sweeps.",
       {{"map_entropies", "largest deviation of the five maps' entropies", "", at_most(1e-6), at_most(1e-3), "bits"},
        {"curve", "largest deviation of the swept curve at ten rates", "", at_most(1e-4), at_most(1e-2), "bits"},
        {"search_gain", "most that a generic search gains on the curve", "0", at_most(5e-4), at_most(5e-3), "bits"}},
       ""},
      {"M4",
       "Greedy couplings have less joint entropy than those of successive linearisation.",
       "Table 1",
       "Marginals of a 7 x 7 joint of independent exponential masses; the paper does not say its generator, this one matches its first row.",
       {{"independent", "mean joint entropy if independent", "5.443", near(5.45, 0.05), near(5.45, 0.2), "bits"},
        {"greedy_minus_linearised", "mean joint entropy, max-seeking minus successive linearisation", "-0.279",
         at_most(-0.2), at_most(0), "bits"},
        {"zero_minus_max", "mean joint entropy, zero-seeking minus max-seeking", "-0.009", at_most(0.02), at_most(0.1),
         "bits"}},
       ""},
      {"M5",
       "Greedy couplings are near the least joint entropy.",
       "Section 4",
       "Two Dirichlet(1) marginals of four symbols, max-seeking against the least by enumeration of vertices.",
       {{"mean_gap", "mean excess of joint entropy", "", at_most(0.02), at_most(0.1), "bits"},
        {"largest_gap", "largest excess", "", at_most(0.15), at_most(0.5), "bits"},
        {"proved_bound", "largest excess against the proved bound log2 e", "1.4427", at_most(1.4427), at_most(1.4427),
         "bits"}},
       ""},
      {"M6",
       "Algorithm 1 keeps more information than Shkel and Verdu's encoder at low rates, and as much at high ones.",
       "Figure 9",
       "Binomial(20, 1/2) and geometric of ratio 0.8 cut at 21 symbols; rates of 0.1 to 0.9 H(X).",
       {{"low_rate_gain", "mean I gained at rates up to 0.3 H(X)", "", at_least(0.1), at_least(0), "bits"},
        {"high_rate_difference", "mean difference of I at rates from 0.7 H(X)", "", near(0, 0.25), near(0, 0.5),
         "bits"}},
       ""},
      {"M7",
       "With more compression the couplings of uniform marginals go from deterministic to stochastic.",
       "Figure 10",
       "30 symbols on both sides, compression 1, 1.1, 1.4, 2, 3.3.",
       {{"marginal_error", "largest error of the output marginal", "0", at_most(1e-12), at_most(1e-9), ""},
        {"information_decreases", "of four steps of compression, those where I(X;Y) falls", "4", at_least(4),
         at_least(3), ""},
        {"entropy_increases", "of four steps of compression, those where H(X,Y) grows", "4", at_least(4), at_least(3),
         ""},
        {"chain_error", "largest violation of Lemma 1's identity, which holds as X - T - Y", "0", at_most(1e-9),
         at_most(1e-6), "bits"}},
       ""}};
  const double rates[]{1.8, 1.5, 1.0, 0.8}, values[]{1.570951, 1.156780, 0.881291, 0.468996};
  for (int i = 0; i < 4; ++i) {
    const int tenths = static_cast<int>(std::lround(10 * rates[i]));
    all[1].checks.push_back({"rate_" + std::to_string(tenths),
                             "H(T) at a rate of " + std::to_string(rates[i]).substr(0, 3) + " bits", "",
                             near(values[i], 1e-6), between(0, rates[i]), "bits"});
  }

  Claim m8{"M8",       "A higher temperature of the policy lowers the reward and raises the accuracy.",
           "Figure 4", "Grid world, 512 messages, no compression.",
           {},         ""};
  const double accuracies[]{0.20, 0.59, 1}, accuracy_tolerance[]{0.08, 0.09, 0.02}, rewards[]{0.33, 0.32, 0.10},
      reward_tolerance[]{0.02, 0.02, 0.03};
  for (int i = 0; i < 3; ++i) {
    const auto key = std::to_string(6 - i);
    m8.checks.push_back({"accuracy_" + key, "accuracy at log beta = -" + key, "",
                         near(accuracies[i], accuracy_tolerance[i]), near(accuracies[i], 0.2), ""});
    m8.checks.push_back({"reward_" + key, "reward at log beta = -" + key, "", near(rewards[i], reward_tolerance[i]),
                         near(rewards[i], 0.1), ""});
  }
  all.push_back(m8);

  const double compressions[]{1.5, 2, 4, 8}, ceilings[]{1.0 / 8, 1.0 / 24, 1.0 / 128, 1.0 / 256},
      compressed[]{0.59, 0.55, 0.47, 0.23};
  Claim m9{"M9",
           "At equal rate, Algorithm 1 lets far more messages through than uniform quantisation.",
           "Figures 4 and 5",
           "Grid world, 512 messages, log beta = -4.",
           {},
           ""};
  Claim m10{"M10",
            "The less compression, the higher the accuracy.",
            "Figures 4 and 5",
            "Grid world, 512 messages, log beta = -5, Algorithm 1.",
            {},
            ""};
  for (int i = 0; i < 4; ++i) {
    const auto key = std::to_string(static_cast<int>(10 * compressions[i])),
               at = " at compression " + std::to_string(compressions[i]).substr(0, 3);
    m9.checks.push_back({"greedy_" + key, "accuracy of Algorithm 1" + at, "", at_least(0.95), at_least(0.5), ""});
    m9.checks.push_back(
        {"quantiser_" + key, "accuracy of the quantiser" + at, "", at_most(ceilings[i] + 0.06), at_most(0.5), ""});
    m10.checks.push_back(
        {"accuracy_" + key, "accuracy" + at, "", near(compressed[i], 0.09), near(compressed[i], 0.2), ""});
  }
  m9.checks.push_back(
      {"reward_gap", "largest difference of mean reward between the encoders", "", at_most(0.03), at_most(0.1), ""});
  m10.checks.push_back({"decreases", "of three steps to more compression, those where the accuracy falls", "3",
                        at_least(3), at_least(2), ""});
  all.push_back(m9);
  all.push_back(m10);
  return all;
}

template <class Options>
VerbBuilder<Options>& add_table_options(VerbBuilder<Options>& builder) {
  return builder
      .option(&Options::column, "column",
              "Column of the masses; default: probability, mass, count, or the only one of numbers")
      .option(&Options::normalise, "normalise", "The masses are counts: divide by their sum");
}

template <class Options>
VerbBuilder<Options>& add_protocol_options(VerbBuilder<Options>& builder) {
  return builder
      .option(&Options::mdp, "mdp", "Decision process to play in; default: the paper's grid world", Accepts{{"json"}})
      .option(&Options::messages, "messages", "Number of messages, all equally likely", between(2, 16384))
      .option(&Options::log_beta, "log-beta", "Natural logarithm of the policy's temperature", between(-20, 20))
      .option(&Options::sweeps, "sweeps", "Sweeps of soft Q iteration", between(1, 100000))
      .option(&Options::compression, "compression", "Entropy of the message over the rate of a step",
              between(0.01, 1000))
      .option(&Options::encoder, "encoder", "How messages are grouped each step",
              Choices<EncoderMethod>{{{"greedy", EncoderMethod::greedy}, {"quantiser", EncoderMethod::quantiser}}});
}

std::vector<Verb> verbs() {
  std::vector<Verb> all;
  auto couple = verb<CoupleOptions>("couple", "Couple two distributions through a bottleneck of R bits");
  couple.option(&CoupleOptions::px, "px", "Table of the messages' probabilities", Positional{}, Required{}, tables)
      .option(&CoupleOptions::py, "py", "Table of the outputs' probabilities, which the result keeps exactly",
              Positional{}, Required{}, tables)
      .option(&CoupleOptions::rate, "rate", "Most entropy of the code T", Unit{"bits"}, at_least(0))
      .option(&CoupleOptions::encoder, "encoder", "How symbols are grouped", encoders)
      .option(&CoupleOptions::fill, "fill", "Split symbols between groups until H(T) is the rate")
      .option(&CoupleOptions::decoder, "decoder", "How groups and outputs are coupled", decoders)
      .option(&CoupleOptions::report, "report", "Print the encoder and the decoder too");
  all.push_back(add_table_options(couple)
                    .output(&CoupleOptions::output, "coupling.csv", "Where to write the coupling")
                    .example("couple px.csv py.csv --rate 2.5 -o coupling.csv --report")
                    .runs(couple_verb));
  auto ebim = verb<EbimOptions>("ebim", "Compress one distribution to R bits of entropy, keeping information");
  ebim.option(&EbimOptions::px, "px", "Table of probabilities", Positional{}, Required{}, tables)
      .option(&EbimOptions::rate, "rate", "Most entropy of the code T", Unit{"bits"}, at_least(0))
      .option(&EbimOptions::method, "method", "How symbols are grouped", encoders)
      .option(&EbimOptions::fill, "fill", "Split symbols between groups until H(T) is the rate");
  all.push_back(add_table_options(ebim)
                    .option(&EbimOptions::curve, "curve",
                            "Also write the curve of information against rate to this file",
                            SuggestedName{"curve.csv", false})
                    .example("ebim px.csv --rate 1.2 --curve curve.csv")
                    .runs(ebim_verb));
  auto mec = verb<MecOptions>("mec", "Couple two distributions with little joint entropy");
  mec.option(&MecOptions::px, "px", "Table of probabilities", Positional{}, Required{}, tables)
      .option(&MecOptions::py, "py", "Table of probabilities", Positional{}, Required{}, tables)
      .option(&MecOptions::method, "method",
              "max- or zero-seeking greedy, successive linearisation, or exact (at most 16 cells)", decoders);
  all.push_back(add_table_options(mec)
                    .option(&MecOptions::coupling, "coupling", "Also write the coupling to this file",
                            SuggestedName{"coupling.csv", false})
                    .example("mec px.csv py.csv --method max")
                    .runs(mec_verb));
  auto game = verb<GameOptions>("game", "Play the coding game and measure reward and accuracy");
  all.push_back(add_protocol_options(game)
                    .option(&GameOptions::episodes, "episodes", "Episodes to play", between(1, 1e6))
                    .example("game --messages 512 --log-beta -4 --compression 4 --episodes 200 --encoder greedy")
                    .runs(game_verb));
  auto encode = verb<EncodeOptions>("encode", "Hide a message in an agent's actions");
  encode.option(&EncodeOptions::message, "message", "The message, from 0", Required{}, between(0, 16383));
  all.push_back(add_protocol_options(encode)
                    .output(&EncodeOptions::output, "trajectory.jsonl", "Where to write the trajectory")
                    .example("encode --message 17 --seed 3 -o trajectory.jsonl")
                    .runs(encode_verb));
  all.push_back(verb<DecodeOptions>("decode", "Read the message from a trajectory alone")
                    .option(&DecodeOptions::trajectory, "trajectory", "Written by encode", Positional{}, Required{},
                            Accepts{{"jsonl"}})
                    .option(&DecodeOptions::mdp, "mdp",
                            "Decision process it was played in; default: the paper's grid world", Accepts{{"json"}})
                    .example("decode trajectory.jsonl")
                    .runs(decode_verb));
  all.push_back(reproduce_verb().example("reproduce --budget smoke --json").runs(reproduce));
  return all;
}

}  // namespace

const Paper& paper() {
  static const Paper description{
      .slug = "mec_bottleneck",
      .title = "Minimum Entropy Coupling with Bottleneck",
      .authors = {"M. Reza Ebrahimi", "Jun Chen", "Ashish Khisti"},
      .venue = "NeurIPS 2024",
      .year = 2024,
      .arxiv = "2410.21666",
      .published = "2024-10-29",
      .wing = "information",
      .summary =
          "Compress a message to $R$ bits, and decode it into symbols that must follow another, given distribution. The paper maximises $I(X;Y)$ over chains "
          "$X - T - Y$ with $H(T) \\le R$ and splits the problem: a greedy encoder $T = g(X)$ whose loss is at most the binary entropy of the second largest "
          "probability, and a coupling of $T$ and $Y$ of little joint entropy as decoder. Use it to speak through an agent's actions without changing how it "
          "acts, for steganography, or for compression towards a prescribed output.",
      .links = {{"arXiv", "https://arxiv.org/abs/2410.21666"}},
      .bibtex =
          "@inproceedings{ebrahimi2024mec,\n  title = {Minimum Entropy Coupling with Bottleneck},\n  author = {Ebrahimi, M. Reza and Chen, Jun and Khisti, "
          "Ashish},\n"
          "  booktitle = {Advances in Neural Information Processing Systems},\n  volume = {37},\n  year = {2024}\n}",
      .claims = claims(),
      .verbs = verbs()};
  return description;
}

}  // namespace offprint::mec_bottleneck
