# Cache-aside in a shop: PORT read LANGUAGE PRODUCT, or PORT price PRODUCT PRICE. Nobody here invalidates.
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin;
use Connecting;

my $redis = connect_redis();
my (undef, $verb, $first, $second) = @ARGV;
if ($verb eq 'price') {
    $redis->set("product:$first:price", $second);
    print "priced\n";
    exit;
}
my $key = "page:$first:product:$second";
for (1 .. 2) {
    my $page = $redis->get($key);
    print defined $page ? "hit\n" : "miss\n";
    unless (defined $page) {
        $page = 'costs ' . $redis->get("product:$second:price");
        $redis->setex($key, 300, $page);
    }
    print "$page\n";
}
