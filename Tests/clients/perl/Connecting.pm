package Connecting;
# How every script here connects and reports; the argument is the port.
use strict;
use warnings;
use Exporter 'import';
use Time::HiRes ();
our @EXPORT = qw(connect_redis expect expect_error shown wait_until in_processes);

BEGIN { eval { require Redis; 1 } or die "there is no Redis for Perl: run make setup\n" }
$| = 1;

sub connect_redis {
    my %options = @_;
    return Redis->new(
        server => "127.0.0.1:$ARGV[0]", cnx_timeout => 20, read_timeout => 20, write_timeout => 20, %options
    );
}

sub shown {
    my ($value) = @_;
    return 'nil' unless defined $value;
    return '[' . join(', ', map { shown($_) } @$value) . ']' if ref $value eq 'ARRAY';
    return '{' . join(', ', map { "$_: " . shown($value->{$_}) } sort keys %$value) . '}' if ref $value eq 'HASH';
    return $value;
}

sub expect {
    my ($found, $expected, $what) = @_;
    my ($f, $e) = (shown($found), shown($expected));
    die "$what: expected $e, found $f\n" unless $f eq $e;
    print "$what: $f\n";
}

# Expects that Redis refuses what the body asks; Redis.pm dies with its words.
sub expect_error {
    my ($body, $what) = @_;
    my $found = eval { [ $body->() ] };
    die "$what: expected an error, found " . shown($found) . "\n" if $found;
    my ($words) = $@ =~ /^(.*?)[ ,]* at \S+ line/s;
    print "$what: $words\n";
}

sub wait_until {
    my ($condition, $what) = @_;
    my $deadline = Time::HiRes::time() + 20;
    until ($condition->()) {
        die "waited in vain: $what\n" if Time::HiRes::time() > $deadline;
        Time::HiRes::usleep(2000);
    }
}

# Runs the body in so many processes at once, whose returned lines come back, by process.
sub in_processes {
    my ($count, $body, $meanwhile) = @_;
    my @pipes;
    for my $number (0 .. $count - 1) {
        my $child = open(my $pipe, '-|') // die "cannot fork: $!\n";
        unless ($child) {
            print map { "$_\n" } $body->($number);
            close STDOUT;
            # Ends without closing what belongs to the parent.
            kill 'KILL', $$;
        }
        push @pipes, $pipe;
    }
    $meanwhile->() if $meanwhile;
    return map { my $pipe = $_; chomp(my @lines = <$pipe>); \@lines } @pipes;
}

1;
