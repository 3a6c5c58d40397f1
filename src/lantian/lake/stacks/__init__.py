"""What monitors of pollution sources sent: values of stacks, outlets, sites and equipment, and the frames that said them."""
