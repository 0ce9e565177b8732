#include "offprint/paper/paper.hpp"

namespace offprint::comp_sum_losses {

namespace verbs {
Verb bound();
Verb certify();
Verb train();
Verb sweep();
Verb advtrain();
Verb attack();
}  // namespace verbs
Verb reproduce();

namespace {

std::vector<Claim> claims() {
  return {
      {"C1",
       "For every tau, the excess of the comp-sum loss bounds the excess of the error through Gamma_tau.",
       "Section 4, Theorems on H-consistency bounds",
       "Random problems with up to 7 inputs and 2 to 7 classes, exact risks, tau of 0, 0.3, 0.7, 1, 1.2, 1.6, 2, 2.5; "
       "half are near-ties of two classes.",
       {{"violations", "problems where the error's excess is above the bound by more than 1e-10", "0", at_most(0),
         at_most(0)},
        {"nearest", "least slack among problems with an error excess of at least 0.01", "0", at_most(1e-3),
         at_most(1e-2)}}},
      {"C2",
       "The bound is tight for tau in [0, 1]: for each excess error some distribution and scores attain it.",
       "Section 4, tightness",
       "Least surrogate regret at an excess error b over distributions and scores, by quasi-Newton search, against "
       "T_tau(b).",
       {{"difference", "largest relative difference of the least regret and T", "0", at_most(1e-3), at_most(1e-2)},
        {"below", "largest relative amount by which a search falls below T", "0", at_most(1e-6), at_most(1e-4)}}},
      {"C3",
       "The best conditional risk of each loss has a closed form.",
       "Section 4 and appendix",
       "Random class probabilities, 2 to 6 classes, tau below 2; quasi-Newton search over scores.",
       {{"deviation", "largest difference of search and closed form", "0", at_most(1e-5), at_most(1e-3)}}},
      {"C4",
       "Cross-entropy, tau = 1, gives the best accuracy; tau of 0.5 and 1.5 lie a little below, the ends 0 and 2 below "
       "these.",
       "Section 7, table of CIFAR-10 with a ResNet-34 (87.37, 90.28, 92.59, 92.03, 90.35 % for tau = 0, 0.5, 1, 1.5, "
       "2)",
       "Fashion-MNIST, small convolutional network, first 20000 training images, 6 epochs, Adam at 1e-3 for every tau; "
       "accuracy on 10000 test images.",
       {{"lead", "accuracy of tau = 1 above the best other tau", "0.56", at_least(0), at_least(-1), "points"},
        {"neighbours", "accuracy of tau = 1 above the worse of 0.5 and 1.5", "2.31", between(0, 2.5), between(-1, 10),
         "points"},
        {"ends", "worse of 0.5 and 1.5 above the better of 0 and 2", "-0.07", at_least(0), at_least(-1), "points"}}},
      {"C5",
       "With a hundred classes the mean absolute error, tau = 2, fails to train.",
       "Section 7, table of CIFAR-100 (8.99 % at tau = 2, 70.93 % at tau = 1)",
       "100 Gaussian classes in 32 dimensions, a network with one hidden layer; SGD with momentum at 0.1 and a cosine "
       "for both, as in the paper.",
       {{"ratio", "accuracy of tau = 2 over that of tau = 1", "0.127", at_most(0.5), at_most(0.9)},
        {"cross_entropy", "accuracy of tau = 1", "0.709", at_least(0.5), at_least(0.1)}}},
      {"C6",
       "The smooth adversarial comp-sum loss trains networks that are as robust as those of TRADES and more accurate "
       "on clean images.",
       "Section 7, tables of adversarial robustness (about 0.5 to 1 point each on CIFAR-10)",
       "Fashion-MNIST, radius 0.1, first 10000 training images; three nu of ADV-COMP-SUM (rho 1/8) and three beta of "
       "TRADES with equal steps. beta and nu are chosen on the next 10000 training images, on which nothing is "
       "trained: the most robust TRADES, and the nu with the greatest gain over it by the rule of the check. Only "
       "that pair is scored on the test images; robust: PGD on the margin loss, first 1000 images. Means over seeds.",
       {{"clean_gain",
         "clean accuracy above that of the most robust TRADES, at a robust accuracy at most 0.5 points lower (each "
         "point lacking there counts against it)",
         "0.5 to 1", at_least(0.5), at_least(0), "points"},
        {"masking",
         "largest accuracy under cross-entropy PGD above that under margin PGD, over all nu and beta: more than 3 "
         "would hint at masked gradients",
         "", at_most(3), at_most(6), "points"}}},
      {"C7",
       "The error under attack times Phi_tau(1) is at most the rho-margin loss, which is at most the smooth "
       "adversarial loss with nu = sqrt(n-1)/rho.",
       "Section 6",
       "Networks trained with and without attacks, on attacked test images, tau of 0, 0.5, 1, 1.5, 2 and rho of 0.5, "
       "1, 2.",
       {{"error_above_margin", "images whose error is above the rho-margin loss", "0", at_most(0), at_most(0)},
        {"margin_above_smooth", "images whose rho-margin loss is above the smooth loss", "0", at_most(0), at_most(0)}}},
      {"C8",
       "The larger tau, the smaller the bound on the minimizability gap of a bounded hypothesis set with certain "
       "labels.",
       "Section 5",
       "Separable inputs of norm 1, linear scores of bounded weights trained for the sum-exponential loss, n of 2, 10, "
       "100, Lambda of 0.5, 1, 2, tau from 0 to 3.",
       {{"increases", "steps of tau at which the bound grows", "0", at_most(0), at_most(0)},
        {"negative", "values below 0", "0", at_most(0), at_most(0)}}}};
}

}  // namespace

const Paper& paper() {
  static const Paper room{"comp_sum_losses",
                          claims(),
                          {verbs::bound(), verbs::certify(), verbs::train(), verbs::sweep(), verbs::advtrain(),
                           verbs::attack(), reproduce()}};
  return room;
}

}  // namespace offprint::comp_sum_losses
